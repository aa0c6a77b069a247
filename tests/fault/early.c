/* A dispatchd that answers before the commit, to show that tests/fault/kill.c notices: what was
 * appended is called durable (link with --wrap). */
#include "dispatch/journal/journal.h"

static uint64_t appended_seq;

enum journal_append_result __real_journal_append(struct journal *journal,
                                                 const struct journal_record *record);
enum journal_append_result __wrap_journal_append(struct journal *journal,
                                                 const struct journal_record *record);
uint64_t __real_journal_durable_seq(const struct journal *journal);
uint64_t __wrap_journal_durable_seq(const struct journal *journal);

enum journal_append_result __wrap_journal_append(struct journal *journal,
                                                 const struct journal_record *record)
{
    enum journal_append_result result = __real_journal_append(journal, record);

    if (result == JOURNAL_APPENDED)
        appended_seq = record->seq;
    return result;
}

uint64_t __wrap_journal_durable_seq(const struct journal *journal)
{
    uint64_t seq = __real_journal_durable_seq(journal);

    return seq > appended_seq ? seq : appended_seq;
}
