/* Any bytes as one of the three files of a set of cards: a card, the universal one, the plans. What
 * is loaded can be proved or complained of, and grades any answers; what is not says where. */
#include <stdio.h>
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/policy/card_check.h"
#include "dispatch/policy/cardfile.h"
#include "tests/fuzz/fuzz_file.h"

#define SOUND SOURCE_DIR "/tests/unit/cards_bad/"

static const struct {
    const char *name, *from;
} files[] = {
    {"cards/sound.yaml", SOUND "sound.yaml"},
    {"cards/universal.yaml", SOUND "universal.yaml"},
    {"plans.yaml", SOUND "plans/sound.yaml"},
};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static char cards[512], plans[512];
static struct card_set set;
static struct complaints complaints;

static void begin(void)
{
    fuzz_dir_sub("cards");
    for (size_t i = 0; i < FILES; i++)
        fuzz_dir_copy(files[i].name, files[i].from);
    snprintf(cards, sizeof(cards), "%s/cards", fuzz_dir());
    snprintf(plans, sizeof(plans), "%s/plans.yaml", fuzz_dir());
}

/* All questions of the first card answered alike. */
static void grade(enum answer value)
{
    struct card_answer answers[CARD_QUESTION_MAX];
    struct grade_input input;
    struct grade_result result;
    grade_input_init(&input);
    input.card_id = set.card_count > 1 ? set.cards[1].id : 0;
    input.answers = answers;
    input.answer_count = set.question_count;
    for (uint32_t i = 0; i < input.answer_count; i++)
        answers[i] = (struct card_answer){set.questions[i].id, (uint8_t)value};
    must(grade_evaluate(&set, &input, &result) == 0 && result.grade <= GRADE_COUNT);
}

static void use(void)
{
    for (enum answer value = 0; value < ANSWER_COUNT; value++)
        grade(value);
    card_check(&set, &complaints);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (!cards[0])
        begin();
    if (n == 0)
        return 0;
    size_t which = bytes[0] % FILES;
    fuzz_dir_put(files[which].name, bytes + 1, n - 1);
    memset(&complaints, 0, sizeof(complaints));
    if (cardfile_load(cards, plans, &set, &complaints) < 0)
        must(complaints.count > 0 && strstr(complaints.text, ".yaml"));
    else
        use();
    fuzz_dir_copy(files[which].name, files[which].from);
    return 0;
}
