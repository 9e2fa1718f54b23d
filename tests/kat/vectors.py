#!/usr/bin/env python3
"""Makes vectors.h: python3 vectors.py > vectors.h

What a published vector does not cover (our labels, our key derivation, our generator, the
expansion of an error vector, its product with a key, HChaCha20 with a constant of ours) is computed
here by independent code: Python's hashlib for BLAKE2b and SHAKE256, the openssl command for
ChaCha20, Python's integers for the rest. Nothing of Lethe runs.
"""
import hashlib
import struct
import subprocess


def count(n, start=0):
    return bytes((start + i) & 0xFF for i in range(n))


def chacha20(key, n):
    """openssl's 16-byte IV is the block counter and the nonce; all zero here."""
    command = ["openssl", "enc", "-chacha20", "-K", key.hex(), "-iv", "00" * 16]
    return subprocess.run(command, input=bytes(n), stdout=subprocess.PIPE, check=True).stdout


def quarter(x, a, b, c, d):
    for u, v, w, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        x[u] = (x[u] + x[v]) & 0xFFFFFFFF
        x[w] ^= x[u]
        x[w] = (x[w] << turn | x[w] >> 32 - turn) & 0xFFFFFFFF


def hchacha20(key, prefix, constant=b"expand 32-byte k"):
    """draft-irtf-cfrg-xchacha-03, section 2.2."""
    x = list(struct.unpack("<16I", constant + key + prefix))
    for _ in range(10):
        for i in range(4):
            quarter(x, i, i + 4, i + 8, i + 12)
        for i in range(4):
            quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *x[:4], *x[12:])


# Its section 2.2.1.
assert hchacha20(count(32), bytes.fromhex("000000090000004a0000000031415927")).hex() == \
    "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"


def blake2b(label, data, size=32, key=b""):
    return hashlib.blake2b(data, digest_size=size, key=key, person=label.ljust(16, b"\0")).digest()


def kdf(label, key, parts):
    return blake2b(label, b"".join(struct.pack("<Q", len(p)) + p for p in parts), 32, key)


def rng(seed, n):
    """768 bytes a run; the first 32 are the next run's key, the others are handed out."""
    out = b""
    while len(out) < n:
        run = chacha20(seed, 768)
        seed, out = run[:32], out + run[32:]
    return out[:n]


def positions(seed):
    words = struct.unpack("<119I", chacha20(seed, 476))
    return [w * 6960 >> 32 for w in words]


def good_seeds():
    """Those of H("seed", 0), H("seed", 1), ... H("seed", 255) whose positions all differ."""
    seeds = [blake2b(b"seed", bytes([i])) for i in range(256)]
    return [seed for seed in seeds if len(set(positions(seed))) == 119]


def product(key, at):
    """(I | T) e, T in rows of 677 bytes: McTiny, section 3. The bit of a row is one of parity."""
    e = sum(1 << p - 1547 for p in at if p >= 1547)
    rows = [int.from_bytes(key[677 * r:677 * (r + 1)], "little") for r in range(1547)]
    parities = [bin(row & e).count("1") & 1 for row in rows]
    return sum((parities[r] ^ (r in at)) << r for r in range(1547)).to_bytes(194, "little")


def vector(name, how, value):
    print(f"/* {how} */")
    print(f"#define {name} \\")
    text = value.hex()
    lines = [text[i:i + 80] for i in range(0, len(text), 80)]
    print(" \\\n".join(f'    "{line}"' for line in lines) + "\n")


def tree_name(content):
    """A hash tree of fan-out 32 over pieces of 1024 bytes, three levels."""
    def numbered(label, parts):
        hashes = [blake2b(label, struct.pack("<H", i) + p) for i, p in enumerate(parts)]
        return b"".join(hashes)
    pieces = [content[i:i + 1024] for i in range(0, len(content), 1024)]
    hashes = numbered(b"identity piece", pieces)
    nodes = [hashes[i:i + 1024].ljust(1024, b"\0") for i in range(0, len(hashes), 1024)]
    return blake2b(b"identity root", numbered(b"identity node", nodes).ljust(1024, b"\0"))


print("/* Made by vectors.py with Python's hashlib and the openssl command; see there. */")
print("#ifndef KAT_VECTORS_H\n#define KAT_VECTORS_H\n")
vector("V_HASH_EMPTY", 'blake2b("", digest_size=32, person="kat")', blake2b(b"kat", b""))
vector("V_HASH_LONG", 'blake2b(bytes 0, 1, ... 999 (mod 256), person="sixteen letters!")',
       blake2b(b"sixteen letters!", count(1000)))
vector("V_KDF", 'kdf("kat", key 0..31, ["ab", "", 0..199])',
       kdf(b"kat", count(32), [b"ab", b"", count(200)]))
vector("V_KDF_NO_PARTS", 'kdf("kat", key 0..31, [])', kdf(b"kat", count(32), []))
vector("V_SHORT_MAC", 'blake2b(0..255, digest_size=16, key=1..32, person="hello-mac")',
       blake2b(b"hello-mac", count(256), 16, count(32, 1)))
vector("V_TREE_NAME", "the tree over 1047383 bytes 0, 1, ... (mod 256)", tree_name(count(1047383)))
vector("V_SHAKE256_1000", "shake_256(bytes 0, 1, ... 999 (mod 256)), 64 bytes",
       hashlib.shake_256(count(1000)).digest(64))
stream = rng(count(32), 2000)
vector("V_RNG_FIRST_64", "seed 0..31: the first 64 bytes", stream[:64])
vector("V_RNG_AT_704", "and bytes 704 to 767: 32 of the first run, 32 of the second",
       stream[704:768])
vector("V_RNG_2000_SHA256", "SHA-256 of the first 2000 bytes", hashlib.sha256(stream).digest())
seed = good_seeds()[0]
at = positions(seed)
bits = sum(1 << p for p in at).to_bytes(870, "little")
syndrome = count(193) + b"\x05"
vector("V_ERROR_SEED", "the first good seed", seed)
vector("V_ERROR_AT", "its 119 positions, 16 bits each, little-endian", struct.pack("<119H", *at))
vector("V_ERROR_BITS_SHA256", "SHA-256 of its 870 bytes", hashlib.sha256(bits).digest())
vector("V_SESSION_KEY", "shake_256(1 | e | syndrome 0..192, 5), 32 bytes",
       hashlib.shake_256(b"\x01" + bits + syndrome).digest(32))
key = bytearray(chacha20(blake2b(b"key", b""), 1547 * 677))
for row in range(1547):
    key[677 * row + 676] &= 0x1F  # 5413 bits a row
syndromes = b"".join(product(key, positions(seed)) for seed in good_seeds())
vector("V_SYNDROMES_SHA256", "SHA-256 of (I | T) e for all good seeds, T the first 1047319 "
       "bytes of\n * ChaCha20 under H(\"key\", nothing) with its padding cleared",
       hashlib.sha256(syndromes).digest())
vector("V_AES_SUBKEY", 'hchacha20(key 0..31, prefix 32..47, "lethe aes gcm   ")',
       hchacha20(count(32), count(16, 32), b"lethe aes gcm   "))
print("#endif")
