/* The queens problem: a board of which each row has its queen from the top down to the first free
 * one. Bits are squares of that row, those that a queen above attacks along a column or diagonal.
 */
#ifndef FORKS_BOARD_H
#define FORKS_BOARD_H

#include <stdint.h>

/* The squares of a row fit into a byte or two; and a worker has frames for all that are open. */
enum { BOARD_WIDEST = 16 };

struct board {
    uint32_t all, columns, left, right;
};

static inline struct board board_empty(unsigned width)
{
    struct board board = {(UINT32_C(1) << width) - 1, 0, 0, 0};
    return board;
}

static inline int board_is_full(const struct board *board)
{
    return board->columns == board->all;
}

/* The squares that nobody attacks. */
static inline uint32_t board_free(const struct board *board)
{
    return board->all & ~(board->columns | board->left | board->right);
}

/* With a queen on the first of these squares, which it takes out of them. */
static inline struct board board_place(const struct board *board, uint32_t *squares)
{
    uint32_t square = *squares & (0 - *squares);
    *squares -= square;
    struct board next = {board->all, board->columns | square, (board->left | square) << 1,
                         (board->right | square) >> 1};
    return next;
}

#endif
