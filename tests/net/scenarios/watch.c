/*
 * What passes a device: a line for each UDP packet over IPv4, in order, until SIGTERM.
 *   MICROSECONDS in|out ADDRESS PORT BYTES KIND
 * The time is of the real clock; address and port are the other side's; bytes are the UDP
 * payload's, and KIND is its first byte.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SEEN_BYTES 2048

static volatile sig_atomic_t stopped;

static void on_stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static int open_device(const char *name)
{
    int s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL)), on = 1, room = 16 << 20;
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = (int)if_nametoindex(name)};
    if (s < 0 || at.sll_ifindex == 0 || bind(s, (struct sockaddr *)&at, sizeof at) != 0 ||
        setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0 ||
        setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
        err(1, "%s", name);
    return s;
}

static void print_packet(const uint8_t *p, size_t n, const struct sockaddr_ll *from,
                         const struct timespec *at)
{
    struct iphdr ip;
    struct udphdr udp;
    char text[INET_ADDRSTRLEN];
    if (from->sll_protocol != htons(ETH_P_IP) || n < sizeof ip)
        return;
    memcpy(&ip, p, sizeof ip);
    const size_t header = ip.ihl * 4u;
    if (ip.protocol != IPPROTO_UDP || n < header + sizeof udp + 1)
        return;
    memcpy(&udp, p + header, sizeof udp);
    const int goes = from->sll_pkttype == PACKET_OUTGOING;
    const uint32_t address = goes ? ip.daddr : ip.saddr;
    inet_ntop(AF_INET, &address, text, sizeof text);
    printf("%lld %s %s %u %u %u\n", (long long)at->tv_sec * 1000000 + (long long)at->tv_nsec / 1000,
           goes ? "out" : "in", text, ntohs(goes ? udp.dest : udp.source),
           ntohs(udp.len) - (unsigned)sizeof udp, p[header + sizeof udp]);
}

static void take_one(int s)
{
    uint8_t packet[SEEN_BYTES];
    struct sockaddr_ll from;
    struct timespec at = {0};
    union {
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = packet, .iov_len = sizeof packet};
    struct msghdr m = {.msg_name = &from,
                       .msg_namelen = sizeof from,
                       .msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(s, &m, 0);
    if (n < 0 && errno != EINTR)
        err(1, "recvmsg");
    struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
    if (!c || c->cmsg_type != SCM_TIMESTAMPNS)
        return;
    memcpy(&at, CMSG_DATA(c), sizeof at);
    print_packet(packet, (size_t)n, &from, &at);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: watch DEVICE");
    int s = open_device(argv[1]);
    struct sigaction stop = {.sa_handler = on_stop};
    sigaction(SIGTERM, &stop, NULL);
    puts("ready");
    fflush(stdout);
    while (!stopped)
        take_one(s);
    struct tpacket_stats stats;
    socklen_t bytes = sizeof stats;
    if (getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &stats, &bytes) != 0)
        err(1, "the kernel's count");
    if (stats.tp_drops)
        errx(1, "%u packets passed unseen", stats.tp_drops);
    return 0;
}
