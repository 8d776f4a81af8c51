/* Marks of the points at which threads hand something over to each other: between two steps that
 * others may see one without the other. In a build with YOKE_DELAYS, which is FLAVOUR=delays, a
 * thread that comes by lingers there now and then, so that others come in between far more often
 * than they would by chance. YOKE_DELAY_SEED chooses where and for how long. Every other build has
 * nothing there. */
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
