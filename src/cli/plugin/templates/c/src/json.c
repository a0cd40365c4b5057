#include "json.h"

static const double TEN = 10.0;

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static text trimmed(text value) {
    while (value.length > 0 && is_space(value.at[0])) value.at++, value.length--;
    while (value.length > 0 && is_space(value.at[value.length - 1])) value.length--;
    return value;
}

static text behind(text value, size_t skipped) {
    return (text){value.at + skipped, value.length - skipped};
}

bool text_is(text one, text other) {
    if (one.length != other.length) return false;
    for (size_t i = 0; i < one.length; i++) {
        if (one.at[i] != other.at[i]) return false;
    }
    return true;
}

bool json_object(text value, text *members) {
    value = trimmed(value);
    if (value.length < 2 || value.at[0] != '{' || value.at[value.length - 1] != '}') return false;
    *members = (text){value.at + 1, value.length - 2};
    return true;
}

// The length of the string that a text begins with, both quotes counted; 0 where there is none.
static size_t string_length(text value) {
    if (value.length == 0 || value.at[0] != '"') return 0;
    for (size_t i = 1; i < value.length; i++) {
        if (value.at[i] == '\\') i++;
        else if (value.at[i] == '"') return i + 1;
    }
    return 0;
}

// The length of the value that a text begins with: up to the comma that stands outside of every bracket and string.
static size_t value_length(text value) {
    size_t depth = 0;
    for (size_t i = 0; i < value.length; i++) {
        char c = value.at[i];
        if (c == '"') {
            size_t string = string_length(behind(value, i));
            if (string == 0) return 0;
            i += string - 1;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth-- == 0) return 0;
        } else if (c == ',' && depth == 0) {
            return i;
        }
    }
    return depth == 0 ? value.length : 0;
}

bool json_next(text *members, text *name, text *value) {
    text rest = trimmed(*members);
    size_t quoted = string_length(rest);
    if (quoted < 2) return false;
    *name = (text){rest.at + 1, quoted - 2};
    rest = trimmed(behind(rest, quoted));
    if (rest.length == 0 || rest.at[0] != ':') return false;
    rest = behind(rest, 1);
    size_t length = value_length(rest);
    if (length == 0) return false;
    *value = trimmed((text){rest.at, length});
    *members = behind(rest, length < rest.length ? length + 1 : length);
    return true;
}

bool json_find(text object, text name, text *value) {
    text members, found;
    if (!json_object(object, &members)) return false;
    while (json_next(&members, &found, value)) {
        if (text_is(found, name)) return true;
    }
    return false;
}

bool json_string(text value, text *inside) {
    value = trimmed(value);
    if (value.length < 2 || string_length(value) != value.length) return false;
    *inside = (text){value.at + 1, value.length - 2};
    for (size_t i = 0; i < inside->length; i++) {
        if (inside->at[i] == '\\') return false;
    }
    return true;
}

bool json_number(text value, double *number) {
    value = trimmed(value);
    size_t i = 0;
    bool negative = value.length > 0 && value.at[0] == '-';
    if (negative) i++;
    if (i >= value.length || !is_digit(value.at[i])) return false;
    double digits = 0;
    int exponent = 0;
    for (; i < value.length && is_digit(value.at[i]); i++) digits = digits * TEN + (value.at[i] - '0');
    if (i < value.length && value.at[i] == '.') {
        for (i++; i < value.length && is_digit(value.at[i]); i++) {
            digits = digits * TEN + (value.at[i] - '0');
            exponent--;
        }
    }
    if (i < value.length && (value.at[i] == 'e' || value.at[i] == 'E')) {
        i++;
        bool down = i < value.length && value.at[i] == '-';
        if (i < value.length && (value.at[i] == '-' || value.at[i] == '+')) i++;
        int written = 0;
        for (; i < value.length && is_digit(value.at[i]); i++) {
            if (written < 1000) written = written * 10 + (value.at[i] - '0');
        }
        exponent += down ? -written : written;
    }
    if (i != value.length) return false;
    double scale = 1;
    for (int n = exponent < 0 ? -exponent : exponent; n > 0; n--) scale *= TEN;
    digits = exponent < 0 ? digits / scale : digits * scale;
    *number = negative ? -digits : digits;
    return true;
}
