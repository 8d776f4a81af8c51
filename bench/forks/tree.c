/* Nodes by SHA-1 (FIPS 180-4): see tree.h. */
#include "tree.h"

#include <math.h>
#include <string.h>

enum { SEED = 19, DEPTH = 10, MEAN = 4 };

/* ---- SHA-1 of one block ---------------------------------------------------------------------- */

enum { WORDS = 16, STEPS = 80 };

static uint32_t rotate(uint32_t word, unsigned by)
{
    return word << by | word >> (32 - by);
}

static inline void step(uint32_t state[5], uint32_t mixed, uint32_t word)
{
    uint32_t next = rotate(state[0], 5) + mixed + state[4] + word;
    state[4] = state[3];
    state[3] = state[2];
    state[2] = rotate(state[1], 30);
    state[1] = state[0];
    state[0] = next;
}

static void mix(uint32_t state[5], const uint32_t word[STEPS])
{
    unsigned i = 0;
    for (; i < 20; i++)
        step(state, ((state[1] & state[2]) | (~state[1] & state[3])) + 0x5a827999, word[i]);
    for (; i < 40; i++)
        step(state, (state[1] ^ state[2] ^ state[3]) + 0x6ed9eba1, word[i]);
    for (; i < 60; i++)
        step(state,
             ((state[1] & state[2]) | (state[1] & state[3]) | (state[2] & state[3])) + 0x8f1bbcdc,
             word[i]);
    for (; i < STEPS; i++)
        step(state, (state[1] ^ state[2] ^ state[3]) + 0xca62c1d6, word[i]);
}

static void hash_words(const uint32_t *message, unsigned count, uint32_t hash[5])
{
    static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint32_t word[STEPS] = {0}, state[5];
    memcpy(word, message, count * sizeof *word);
    word[count] = UINT32_C(1) << 31;
    word[WORDS - 1] = count * 32;
    for (unsigned i = WORDS; i < STEPS; i++)
        word[i] = rotate(word[i - 3] ^ word[i - 8] ^ word[i - 14] ^ word[i - 16], 1);
    memcpy(state, start, sizeof state);
    mix(state, word);
    for (unsigned i = 0; i < 5; i++)
        hash[i] = start[i] + state[i];
}

/* ---- nodes ----------------------------------------------------------------------------------- */

/* The benchmark's generator starts with the hash of sixteen zero bytes and the seed. */
struct node tree_root(void)
{
    struct node root = {{0}, 0};
    hash_words((const uint32_t[5]){0, 0, 0, 0, SEED}, 5, root.hash);
    return root;
}

struct node tree_child(const struct node *parent, unsigned number)
{
    struct node child = {{0}, parent->depth + 1};
    uint32_t message[6];
    memcpy(message, parent->hash, sizeof parent->hash);
    message[5] = number;
    hash_words(message, 6, child.hash);
    return child;
}

unsigned tree_children(const struct node *node)
{
    if (node->depth >= DEPTH)
        return 0;
    double uniform = (double)(node->hash[4] & 0x7fffffff) / 2147483648.0;
    double children = floor(log(1 - uniform) / log(1 - 1.0 / (1 + MEAN)));
    return children < TREE_CHILDREN_MOST ? (unsigned)children : TREE_CHILDREN_MOST;
}
