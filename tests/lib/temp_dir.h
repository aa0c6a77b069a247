/* temp_dir: a directory of a test's own, and its end. The caller owns the text. Aborts on errors.
 */
#ifndef TESTS_TEMP_DIR_H
#define TESTS_TEMP_DIR_H

enum { TEMP_DIR_MAX = 256 };

void temp_dir_make(char dir[static TEMP_DIR_MAX]);
void temp_dir_remove(const char *dir); /* with all that is in it */

#endif
