# state.c: What an object leaves behind stays counted.
s/^    state->alive -= schema_borrowed\(table->schema, gone\);$//
