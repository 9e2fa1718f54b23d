/*
 * From a captured frame down to its UDP datagram: link, IP, UDP. Numbers are big-endian there.
 */
#ifndef CMD_PCAP_LINK_H
#define CMD_PCAP_LINK_H

#include "cmd/pcap.h"

bool link_is_known(uint16_t link);

/* pcap_find_udp for a frame of a link that is known. */
int link_find_udp(struct pcap_udp *u, uint16_t link, struct reader frame);

#endif
