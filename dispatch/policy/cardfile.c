#include "dispatch/policy/cardfile.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/policy/cardfile_build.h"

enum { PATH_BYTES_MAX = 1024 };

static const char universal_name[] = "universal.yaml";

/* Names of the card files, the universal one first, the others in order of name. */
struct card_names {
    size_t count;
    char name[CARD_MAX][256];
};

static int compare_names(const void *left, const void *right)
{
    const char *a = left, *b = right;
    int a_other = strcmp(a, universal_name) != 0, b_other = strcmp(b, universal_name) != 0;
    return a_other != b_other ? a_other - b_other : strcmp(a, b);
}

static bool is_card_name(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static int list_cards(const char *dir, struct card_names *names, struct complaints *complaints)
{
    DIR *stream = opendir(dir);
    if (stream == NULL) {
        complain(complaints, dir, 0, "cannot be read: %s", strerror(errno));
        return -1;
    }
    size_t found = 0;
    names->count = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (!is_card_name(entry->d_name) || found++ >= CARD_MAX)
            continue;
        snprintf(names->name[names->count++], sizeof names->name[0], "%s", entry->d_name);
    }
    closedir(stream);
    qsort(names->name, names->count, sizeof names->name[0], compare_names);
    if (found > CARD_MAX)
        complain(complaints, dir, 0, "holds %zu cards; at most %d fit", found, CARD_MAX);
    else if (names->count == 0 || strcmp(names->name[0], universal_name) != 0)
        complain(complaints, dir, 0, "holds no %s", universal_name);
    else
        return 0;
    return -1;
}

static void hash_file(crypto_generichash_state *hash, const char *name, const struct yamlfile *file)
{
    uint64_t length = file->byte_count;
    crypto_generichash_update(hash, (const unsigned char *)name, strlen(name) + 1);
    crypto_generichash_update(hash, (const unsigned char *)&length, sizeof length);
    crypto_generichash_update(hash, file->bytes, file->byte_count);
}

static void load_one(struct card_builder *builder, crypto_generichash_state *hash, const char *path,
                     const char *name, struct complaints *complaints,
                     void (*build_cb)(struct card_builder *builder))
{
    if (yamlfile_open(&builder->file, path, complaints) < 0)
        return;
    hash_file(hash, name, &builder->file);
    build_cb(builder);
    yamlfile_close(&builder->file);
}

static void load_all(struct card_builder *builder, const char *cards_dir,
                     const struct card_names *names, const char *plans_file,
                     struct complaints *complaints)
{
    crypto_generichash_state hash;
    struct card_set *set = builder->set;
    crypto_generichash_init(&hash, NULL, 0, sizeof set->hash);
    set->text_bytes = 1; /* offset 0 is the empty text */
    for (size_t i = 0; i < names->count; i++) {
        char path[PATH_BYTES_MAX];
        if (snprintf(path, sizeof path, "%s/%s", cards_dir, names->name[i]) >= PATH_BYTES_MAX)
            complain(complaints, cards_dir, 0, "is too long a path");
        else
            load_one(builder, &hash, path, names->name[i], complaints, build_card);
    }
    load_one(builder, &hash, plans_file, "plans", complaints, build_plans);
    crypto_generichash_final(&hash, set->hash, sizeof set->hash);
    set->version = set->card_count > 0 ? set->cards[0].version : 0;
}

int cardfile_load(const char *cards_dir, const char *plans_file, struct card_set *set,
                  struct complaints *complaints)
{
    unsigned count_before = complaints->count;
    struct card_names *names = malloc(sizeof *names);
    struct card_builder builder = {.set = calloc(1, sizeof *builder.set)};
    if (names == NULL || builder.set == NULL)
        complain(complaints, cards_dir, 0, "cannot be loaded: out of memory");
    else if (list_cards(cards_dir, names, complaints) == 0)
        load_all(&builder, cards_dir, names, plans_file, complaints);
    bool loaded = complaints->count == count_before;
    if (loaded)
        *set = *builder.set;
    free(names);
    free(builder.set);
    return loaded ? 0 : -1;
}
