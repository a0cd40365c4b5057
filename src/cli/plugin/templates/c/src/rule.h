// The rule, without the ledger: test.sh runs it natively.
#pragma once
#include "json.h"

// The one kind that the rule speaks of.
#define KIND TEXT("model.evaluated")

// The JSON Schema of its settings.
#define SCHEMA TEXT("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" \
    "\"metric\":{\"type\":\"string\",\"default\":\"auc\",\"description\":\"The metric that must be good enough.\"}," \
    "\"minimum\":{\"type\":\"number\",\"default\":0.7,\"description\":\"The least that is good enough.\"}}}")

// What the rule goes by; numbers also as they are written.
typedef struct {
    text metric;
    double minimum;
    text minimum_written;
} settings;

// What there is to say of an evaluation.
typedef enum { MISSING, TOO_LOW, ENOUGH } found;

// Errors in settings that are told at once.
#define ERRORS_MAX 8

// Reads settings; the number of errors, each of which names the field and what to write.
size_t read_settings(text json, settings *known, text errors[ERRORS_MAX]);

// Judges the body of a `model.evaluated`, as JSON text.
found judge(text body, const settings *known, double *value, text *written);
