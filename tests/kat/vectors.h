/* Made by vectors.py with Python's hashlib and the openssl command; see there. */
#ifndef KAT_VECTORS_H
#define KAT_VECTORS_H

/* blake2b("", digest_size=32, person="kat") */
#define V_HASH_EMPTY \
    "7ca4328ed260f7c564ccda816bac2eb1cce22102a863d8a3d42547e7429c3203"

/* blake2b(bytes 0, 1, ... 999 (mod 256), person="sixteen letters!") */
#define V_HASH_LONG \
    "cba3c53f6b1e7df0f1fb769eff4e52a563de1da5d81ca161dc7a6ddd794fec02"

/* kdf("kat", key 0..31, ["ab", "", 0..199]) */
#define V_KDF \
    "18747beb2bab6b05912526a0af14d8563f31039e8e59fab2caff70317de33ce4"

/* kdf("kat", key 0..31, []) */
#define V_KDF_NO_PARTS \
    "a7c0333210b07df9e335906254bb714df843ca9f24525f71e33b7215976dd70a"

/* blake2b(0..255, digest_size=16, key=1..32, person="hello-mac") */
#define V_SHORT_MAC \
    "0f22fe53fa0e84fc7765b1462851f52b"

/* the tree over 1047383 bytes 0, 1, ... (mod 256) */
#define V_TREE_NAME \
    "7d47a2bb09d248d1c49a5b6fe26ef32cee5f38e7de02bad622540107fcf9a4ef"

/* shake_256(bytes 0, 1, ... 999 (mod 256)), 64 bytes */
#define V_SHAKE256_1000 \
    "7ea3adcc3e3b46adcdc481d1309cf131c8703d484e33dcb78d13363324e2972d02757344f0dbc9f5" \
    "ae978a684044efde4d5b8d609584f9ffb7fba6401da7b02e"

/* seed 0..31: the first 64 bytes */
#define V_RNG_FIRST_64 \
    "2b23cce7a26023ab3f0eef693ac87f64258235eab1f7a32dc22762a0485b410c18b84231ade6a6d1" \
    "13615c61af434e27f8b1f3f5e1ad5b5cecf8fc122a35755c"

/* and bytes 704 to 767: 32 of the first run, 32 of the second */
#define V_RNG_AT_704 \
    "2ccd5230ce49755204c6e11daef2d26967d9dd4a86c5cabbe7818acd6d73490f2d41a59c90e41a8e" \
    "7a4dccaa1c46069983b1a333ce25719ec3437768ab57fa42"

/* SHA-256 of the first 2000 bytes */
#define V_RNG_2000_SHA256 \
    "234978b199503fd0b90c5053360b21cde9e7d6ab98acb65573bde2c3e3e93b78"

/* the first good seed */
#define V_ERROR_SEED \
    "2406479c02ccc4b7b99833768abdafd077b14f0cecc66c7309f60c835f8bed56"

/* its 119 positions, 16 bits each, little-endian */
#define V_ERROR_AT \
    "500279041101960830122718ad023918ad11d018aa155006ab14d11aa312c30752096903f4118d06" \
    "4319c804360d280c6201760ac6010f1beb1510147c02c0039006d30e50109717140ec51a4f0a1200" \
    "ad172e0ffb138d0aa8073d182f129819d21549004402f800cc005809731a7505ad16bf13de0c8a07" \
    "3d06e500011b1d158218200dd50b730574080a123b12ab010603ab0329131a067b11ac0de717e209" \
    "fa1a1915090e8f0ceb1ae808aa0eb019e90eeb128808c60d6c00f9007e025606a2038513fe152404" \
    "9c1376056501cc13d1050f0d131a22020e1aee18ab059e05050cbc0ec1136d16dc185f070413"

/* SHA-256 of its 870 bytes */
#define V_ERROR_BITS_SHA256 \
    "b8a59b0052cd1e27a8fbb9c8e6de4418942d79dd36014a9838c65354861ae821"

/* shake_256(1 | e | syndrome 0..192, 5), 32 bytes */
#define V_SESSION_KEY \
    "ddb397ce16b12887da2fe954fbc5267e10cea17dc4477a73f5f520dbd2638da1"

/* SHA-256 of (I | T) e for all good seeds, T the first 1047319 bytes of
 * ChaCha20 under H("key", nothing) with its padding cleared */
#define V_SYNDROMES_SHA256 \
    "07b2979c9bd4e3e7436262ecf5bb362bc1322f509410948469efd1cf0736ea92"

/* hchacha20(key 0..31, prefix 32..47, "lethe aes gcm   ") */
#define V_AES_SUBKEY \
    "85a4653c287c82cb3e6825b755fa659b2d451280aa5720aa74b2b91f52e3ce74"

#endif
