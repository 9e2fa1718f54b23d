/*
 * Fingerprints as text: 64 lower-case hexadecimal digits; upper case is read too.
 */
#include "lethe/error.h"
#include "store/identity.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void fingerprint_text(char out[FINGERPRINT_TEXT_BYTES],
                      const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    for (int i = 0; i < FINGERPRINT_BYTES; i++) {
        out[2 * i] = digits[fingerprint[i] >> 4];
        out[2 * i + 1] = digits[fingerprint[i] & 15];
    }
    out[FINGERPRINT_TEXT_BYTES - 1] = 0;
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'F')
        c = (char)(c - 'A' + 'a');
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

int fingerprint_parse(uint8_t fingerprint[FINGERPRINT_BYTES], const char *text)
{
    if (strlen(text) != 2 * FINGERPRINT_BYTES)
        return LETHE_ERR_FORMAT;
    for (int i = 0; i < FINGERPRINT_BYTES; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return LETHE_ERR_FORMAT;
        fingerprint[i] = (uint8_t)(high << 4 | low);
    }
    return LETHE_OK;
}
