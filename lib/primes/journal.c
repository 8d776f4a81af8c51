/* Writes when the interval is over, by one worker at a time; the others go on. */
#include "journal.h"

void journal_start(struct journal *journal)
{
    atomic_store_explicit(&journal->next, os_now() + journal->interval, memory_order_relaxed);
}

void journal_save(struct journal *journal, void (*save)(void *plan, struct record *inside),
                  void *plan)
{
    record_clear(journal->inside);
    save(plan, journal->inside);
    if (!journal->inside->failed && !journal->sums->failed) /* without memory the last file stays */
        journal->write(journal->context);
    journal_start(journal);
}

void journal_note(struct journal *journal, void (*save)(void *plan, struct record *inside),
                  void *plan)
{
    if (os_now() < atomic_load_explicit(&journal->next, memory_order_relaxed) ||
        !lock_try(&journal->lock))
        return;
    journal_save(journal, save, plan);
    lock_give(&journal->lock);
}

void journal_add(struct journal *journal, struct uint256 sum)
{
    record_clear(journal->inside);
    if (!journal->sums->failed)
        record_add_wide(journal->sums, sum);
    if (journal->sums->failed)
        return;
    journal->sums->taken = journal->sums->count;
    journal->write(journal->context);
    journal_start(journal);
}
