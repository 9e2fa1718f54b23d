#include "kex/test_support.h"
#include "kex/link.h"
int main(void){world_make();return 0;}
