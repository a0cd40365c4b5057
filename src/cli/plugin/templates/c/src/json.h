// A small reader of JSON: it finds the members of an object and leaves every value as the text that it is.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// A text that does not end in a zero.
typedef struct {
    const char *at;
    size_t length;
} text;

// A literal as a text.
#define TEXT(literal) ((text){literal, sizeof(literal) - 1})

bool text_is(text one, text other);

// Whether a value is an object; its members are then in `members`.
bool json_object(text value, text *members);

// Takes the next member: its name without quotes, its value as it is written.
bool json_next(text *members, text *name, text *value);

// Looks for a member of an object.
bool json_find(text object, text name, text *value);

// Whether a value is a number, and which.
bool json_number(text value, double *number);

// Whether a value is a string without escapes; it is then in `inside`.
bool json_string(text value, text *inside);
