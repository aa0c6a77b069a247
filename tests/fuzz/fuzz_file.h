/* fuzz_file: a fuzzer's bytes as files, for the parsers that open files themselves.
 * One file and one folder a program; the folder is removed when the program ends. One thread.
 * Aborts on errors. */
#ifndef TESTS_FUZZ_FUZZ_FILE_H
#define TESTS_FUZZ_FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A path at which these bytes can be opened, until the next call. */
const char *fuzz_file(const void *bytes, size_t n);

/* An empty folder, the same at each call. */
const char *fuzz_dir(void);
/* Empty again: files only. */
void fuzz_dir_clear(void);
/* A folder in it. */
void fuzz_dir_sub(const char *name);
/* A file in it with these bytes, made or replaced. */
void fuzz_dir_put(const char *name, const void *bytes, size_t n);
/* The same with the content of another file. */
void fuzz_dir_copy(const char *name, const char *from);

#endif
