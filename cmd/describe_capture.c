/*
 * A capture as lines: number, time, from where to where, the kind and its fields; then the sums.
 * A packet that is no datagram of Lethe's gets its line too, with the reason.
 */
#include "cmd/describe_capture.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "cmd/describe_packet.h"
#include "cmd/pcap.h"
#include "lethe/error.h"

#define PLACE_BYTES 64 /* "[address]:port" */

struct account {
    bool json;
    uint64_t first_ns; /* the first packet's time */
    uint64_t skipped;
    struct {
        uint64_t datagrams, bytes;
    } kinds[KIND_END]; /* 0: no kind of ours */
};

/* The place of a datagram in the capture. parts: how many lay merged in this record. */
struct place {
    uint32_t number;
    uint64_t time_ns;
    size_t part, parts;
    char from[PLACE_BYTES], to[PLACE_BYTES];
};

static void place_text(char out[PLACE_BYTES], int family, const uint8_t *address, uint16_t port)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(family == 4 ? AF_INET : AF_INET6, address, text, sizeof text);
    (void)snprintf(out, PLACE_BYTES, family == 4 ? "%s:%u" : "[%s]:%u", text, port);
}

static void print_number(const struct account *a, const struct place *at)
{
    char number[48];
    int64_t since_ns = (int64_t)(at->time_ns - a->first_ns);
    if (at->parts > 1)
        (void)snprintf(number, sizeof number, "%u.%zu", at->number, at->part);
    else
        (void)snprintf(number, sizeof number, "%u", at->number);
    printf("%8s  %11.6f  ", number, (double)since_ns / 1e9);
}

static void print_number_json(const struct place *at)
{
    printf("{\"packet\":%u,\"time\":%llu.%09llu,", at->number,
           (unsigned long long)(at->time_ns / 1000000000),
           (unsigned long long)(at->time_ns % 1000000000));
    if (at->parts > 1)
        printf("\"part\":%zu,\"parts\":%zu,", at->part, at->parts);
}

static void print_skipped(struct account *a, const struct place *at, const char *reason)
{
    a->skipped++;
    if (a->json) {
        print_number_json(at);
        printf("\"skipped\":\"%s\"}\n", reason);
    } else {
        print_number(a, at);
        printf("skipped: %s\n", reason);
    }
}

static void print_datagram(struct account *a, const struct place *at, const uint8_t *p, size_t n)
{
    struct facts f = {.count = 0};
    uint8_t kind = packet_facts(&f, p, n) == LETHE_OK ? p[0] : 0;
    if (kind == 0)
        fact_size(&f, "payload", n);
    a->kinds[kind].datagrams++;
    a->kinds[kind].bytes += n;
    if (a->json) {
        print_number_json(at);
        printf("\"from\":\"%s\",\"to\":\"%s\",\"bytes\":%zu,\"kind\":\"%s\",", at->from, at->to, n,
               packet_kind_name(kind));
        facts_print_json(&f);
        printf("}\n");
    } else {
        print_number(a, at);
        printf("%-21s → %-21s  %-8s  ", at->from, at->to, packet_kind_name(kind));
        facts_print_row(&f);
        printf("\n");
    }
}

static void print_record(struct account *a, const struct pcap *c, const struct pcap_record *record)
{
    struct place at = {.number = c->number, .time_ns = record->time_ns, .parts = 1};
    struct pcap_udp u;
    if (pcap_find_udp(&u, c, record) != LETHE_OK) {
        print_skipped(a, &at, u.reason);
        return;
    }
    place_text(at.from, u.family, u.from, u.from_port);
    place_text(at.to, u.family, u.to, u.to_port);
    size_t segment = u.n ? packet_segment(u.payload, u.n) : 0;
    at.parts = u.n ? (u.n + segment - 1) / segment : 1;
    for (at.part = 1; at.part <= at.parts; at.part++) {
        size_t from = (at.part - 1) * segment, left = u.n - from;
        print_datagram(a, &at, u.payload + from, left < segment ? left : segment);
    }
}

static void print_sums(const struct account *a)
{
    printf("\n%-10s%12s%14s\n", "kind", "datagrams", "bytes");
    for (int i = 1; i <= KIND_END; i++) {
        int kind = i % KIND_END; /* the unknown last */
        if (a->kinds[kind].datagrams)
            printf("%-10s%12llu%14llu\n", packet_kind_name((uint8_t)kind),
                   (unsigned long long)a->kinds[kind].datagrams,
                   (unsigned long long)a->kinds[kind].bytes);
    }
    if (a->skipped)
        printf("%-10s%12llu\n", "skipped", (unsigned long long)a->skipped);
}

static void print_sums_json(const struct account *a, uint32_t packets)
{
    printf("{\"packets\":%u,\"skipped\":%llu,\"kinds\":{", packets, (unsigned long long)a->skipped);
    for (int i = 1; i <= KIND_END; i++) {
        int kind = i % KIND_END;
        printf("%s\"%s\":{\"datagrams\":%llu,\"bytes\":%llu}", i > 1 ? "," : "",
               packet_kind_name((uint8_t)kind), (unsigned long long)a->kinds[kind].datagrams,
               (unsigned long long)a->kinds[kind].bytes);
    }
    printf("}}\n");
}

int describe_capture(const char *name, const uint8_t *bytes, size_t n, bool json,
                     struct complaint *why)
{
    struct account a = {.json = json};
    struct pcap c;
    struct pcap_record record;
    uint32_t whole = 0;
    int err = pcap_open(&c, name, bytes, n, why);
    if (err != LETHE_OK)
        return err;
    while (!pcap_ended(&c) && (err = pcap_next(&c, &record)) == LETHE_OK) {
        if (whole++ == 0)
            a.first_ns = record.time_ns;
        print_record(&a, &c, &record);
    }
    if (json)
        print_sums_json(&a, whole);
    else
        print_sums(&a);
    return err == LETHE_OK
               ? err
               : complain(why, err, "%s: the capture breaks off in packet %u", name, c.number);
}
