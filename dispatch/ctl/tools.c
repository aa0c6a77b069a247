/* check-cards, check-plans, check-config, import-osm, zones, jt808 decode, verify: what stands in
 * files of its own, given a command line here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/ctl.h"
#include "dispatch/ctl/export_zones.h"
#include "dispatch/ctl/import_osm.h"
#include "dispatch/ctl/import_zones.h"
#include "dispatch/ctl/jt808_decode.h"
#include "dispatch/ctl/store_roads.h"
#include "dispatch/ctl/verify.h"
#include "dispatch/policy/card_check.h"
#include "dispatch/policy/cardfile.h"
#include "dispatch/policy/plan_book.h"
#include "dispatch/policy/warnfile.h"
#include "dispatch/wire/wire.h"

int check_cards_run(struct ctl *ctl)
{
    static struct card_set set;
    static struct complaints complaints;
    char fallback[CONFIG_TEXT_MAX + 16];
    const char *cards = ctl->argc ? ctl->argv[0] : ctl->config.server.cards_dir;
    const char *plans = ctl->option[OPTION_PLANS];
    snprintf(fallback, sizeof(fallback), "%s/response.yaml", ctl->config.server.plans_dir);
    if (!plans)
        plans = fallback;
    if (cardfile_load(cards, plans, &set, &complaints) < 0 || card_check(&set, &complaints) < 0) {
        fputs(complaints.text, stderr);
        return ctl_fail(CTL_FAILED, "%s, %s: %u complaint%s", cards, plans, complaints.count,
                        complaints.count == 1 ? "" : "s");
    }
    printf("%s, %s: proved: %u cards, %u questions, %u rules, %u plans; every path ends in a "
           "grade and every grade has a plan\n",
           cards, plans, (unsigned)set.card_count, (unsigned)set.question_count,
           (unsigned)set.rule_count, (unsigned)set.plan_count);
    return CTL_OK;
}

int check_plans_run(struct ctl *ctl)
{
    static struct plan_book book;
    static struct complaints complaints;
    const char *dir = ctl->argc ? ctl->argv[0] : ctl->config.server.plans_dir;
    unsigned steps = 0, own = 0;
    if (plan_book_load(dir, &book, &complaints) < 0) {
        fputs(complaints.text, stderr);
        return ctl_fail(CTL_FAILED, "%s: %u complaint%s", dir, complaints.count,
                        complaints.count == 1 ? "" : "s");
    }
    for (uint32_t i = 0; i < book.count; i++) {
        steps += book.plan[i].step_count;
        own += book.plan[i].approved_by == 0;
    }
    printf("%s: good: %u plans, %u steps; %u not approved yet\n", dir, book.count, steps, own);
    return CTL_OK;
}

int check_warn_run(struct ctl *ctl)
{
    static struct watch_policy policy;
    static struct complaints complaints;
    const char *dir = ctl->argc ? ctl->argv[0] : ctl->config.server.warn_dir;
    if (warnfile_load(dir, (uint32_t)ctl->config.server.utc_offset_min, &policy, &complaints) < 0) {
        fputs(complaints.text, stderr);
        return ctl_fail(CTL_FAILED, "%s: %u complaint%s", dir, complaints.count,
                        complaints.count == 1 ? "" : "s");
    }
    printf("%s: good: %u syndromes, %u matches, %u rules, %u special days\n", dir,
           policy.syndrome_count, policy.match_count, policy.rule_count, policy.day_count);
    return CTL_OK;
}

int check_config_run(struct ctl *ctl)
{
    static struct config config;
    char complaints[CONFIG_COMPLAINT_MAX];
    config_defaults(&config);
    if (config_load(&config, ctl->argv[0], complaints) < 0) {
        fputs(complaints, stderr);
        return CTL_FAILED;
    }
    printf("%s: good\n", ctl->argv[0]);
    return CTL_OK;
}

/* --- commands with a parser of their own --- */

enum { WORDS_MAX = 16 };

struct words {
    char *word[WORDS_MAX];
    int n;
};

static void add_word(struct words *words, const char *word)
{
    words->word[words->n++] = (char *)(uintptr_t)word;
}

static void add_option(struct words *words, const struct ctl *ctl, enum ctl_option option,
                       const char *name)
{
    if (!ctl->option[option])
        return;
    add_word(words, name);
    add_word(words, ctl->option[option]);
}

int import_osm_run(struct ctl *ctl)
{
    struct words words = {{0}, 0};
    add_word(&words, "import-osm");
    add_option(&words, ctl, OPTION_OUT, "--out");
    add_option(&words, ctl, OPTION_DB, "--db");
    add_option(&words, ctl, OPTION_DEPLOY, "--deploy");
    add_word(&words, ctl->argv[0]);
    return ctl_import_osm(words.n, words.word);
}

int roads_store_run(struct ctl *ctl)
{
    const char *db = ctl->option[OPTION_DB];
    return ctl_store_roads(ctl->argv[0], db ? db : "");
}

int zones_import_run(struct ctl *ctl)
{
    struct words words = {{0}, 0};
    add_word(&words, "zones import");
    add_option(&words, ctl, OPTION_KIND, "--kind");
    add_option(&words, ctl, OPTION_SOURCE, "--source");
    add_option(&words, ctl, OPTION_DB, "--db");
    add_word(&words, ctl->argv[0]);
    return ctl_import_zones(words.n, words.word);
}

int zones_export_run(struct ctl *ctl)
{
    char errmsg[ERRMSG_MAX];
    const char *out = ctl->option[OPTION_OUT], *db = ctl->option[OPTION_DB];
    if (!out)
        return ctl_fail(CTL_USAGE, "zones export needs --out FILE");
    int n = ctl_export_zones(db ? db : "", out, errmsg);
    if (n < 0)
        return ctl_fail(CTL_FAILED, "%s", errmsg);
    printf("%s: %d zones\n", out, n);
    return CTL_OK;
}

int jt808_decode_run(struct ctl *ctl)
{
    (void)ctl;
    return ctl_jt808_decode(stdin, stdout) == 0
               ? CTL_OK
               : ctl_fail(CTL_FAILED, "jt808 decode: %s", strerror(errno));
}

int verify_run(struct ctl *ctl)
{
    wire_init();
    switch ((enum ctl_verified)ctl_verify(&ctl->config, stdout)) {
    case CTL_VERIFY_CLEAN:
        return CTL_OK;
    case CTL_VERIFY_BLIND:
        return CTL_UNREACHABLE;
    default:
        return CTL_FAILED;
    }
}
