/* Marks the points at which threads hand something over to each other: between two steps of which
 * other threads may see the first without the second. In a build with YOKE_DELAYS, which is
 * FLAVOUR=delays, a thread that comes to a mark lingers there now and then, so that others come in
 * between far more often than by chance. YOKE_DELAY_SEED chooses where and for how long. In every
 * other build a mark is nothing. */
#ifndef BASE_DELAY_H
#define BASE_DELAY_H

#ifdef YOKE_DELAYS
void delay_here(void);
#else
static inline void delay_here(void)
{
}
#endif

#endif
