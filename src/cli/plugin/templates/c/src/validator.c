// `my-rule`: the contract's side. The rule itself is in rule.c.
#include "rule.h"
#include "validator.h"
#include <stdlib.h>
#include <string.h>

typedef validator_string_t string;

static text text_of(string given) {
    return (text){(const char *)given.ptr, given.len};
}

// A copy, joined of parts: what is returned belongs to the host.
static string joined(const text *parts, size_t count) {
    size_t length = 0;
    for (size_t i = 0; i < count; i++) length += parts[i].length;
    string result = {malloc(length > 0 ? length : 1), 0};
    for (size_t i = 0; i < count; i++) {
        memcpy(result.ptr + result.len, parts[i].at, parts[i].length);
        result.len += parts[i].length;
    }
    return result;
}

#define JOINED(...) joined((text[]){__VA_ARGS__}, sizeof((text[]){__VA_ARGS__}) / sizeof(text))

// The JSON pointer (RFC 6901) of a name below `place`: in a name, ~ stands as ~0 and / as ~1.
static string pointer_to(text place, text name) {
    string result = {malloc(place.length + 2 * name.length), place.length};
    memcpy(result.ptr, place.at, place.length);
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        if (c == '~' || c == '/') {
            result.ptr[result.len++] = '~';
            c = c == '~' ? '0' : '1';
        }
        result.ptr[result.len++] = (uint8_t)c;
    }
    return result;
}

void exports_sagwan_plugin_validation_describe(sagwan_plugin_types_description_t *ret) {
    memset(ret, 0, sizeof *ret);
    ret->name = JOINED(TEXT("my-rule"));
    ret->version = JOINED(TEXT("0.1.0"));
    ret->summary = JOINED(TEXT("Refuses an evaluation whose metric is below a minimum"));
    ret->settings_schema = JOINED(SCHEMA);
    ret->kinds.ptr = malloc(sizeof(string));
    ret->kinds.ptr[0] = JOINED(KIND);
    ret->kinds.len = 1;
}

bool exports_sagwan_plugin_validation_check_settings(validator_string_t *given, validator_list_string_t *err) {
    settings known;
    text errors[ERRORS_MAX];
    size_t count = read_settings(text_of(*given), &known, errors);
    if (count == 0) return true;
    err->ptr = malloc(count * sizeof(string));
    err->len = count;
    for (size_t i = 0; i < count; i++) err->ptr[i] = JOINED(errors[i]);
    return false;
}

static void reject(sagwan_plugin_types_verdict_t *ret, text code, string message, string pointer) {
    sagwan_plugin_types_finding_t *finding = malloc(sizeof *finding);
    memset(finding, 0, sizeof *finding);
    finding->code = JOINED(code);
    finding->severity = SAGWAN_PLUGIN_TYPES_SEVERITY_MAJOR;
    finding->message = message;
    finding->pointer.is_some = true;
    finding->pointer.val = pointer;
    ret->tag = SAGWAN_PLUGIN_TYPES_VERDICT_REJECT;
    ret->val.reject.ptr = finding;
    ret->val.reject.len = 1;
}

void exports_sagwan_plugin_validation_validate(sagwan_plugin_types_event_t *event, validator_string_t *given,
                                               sagwan_plugin_types_verdict_t *ret) {
    memset(ret, 0, sizeof *ret);
    ret->tag = SAGWAN_PLUGIN_TYPES_VERDICT_ABSTAIN;
    if (!text_is(text_of(event->kind), KIND)) return;
    // The ledger calls only with settings that check_settings passed, and bodies that it has read itself.
    settings known;
    text errors[ERRORS_MAX], written;
    validator_string_t body, wrong;
    double value;
    if (read_settings(text_of(*given), &known, errors) > 0) return;
    if (!sagwan_plugin_json_from_body(&event->kind, &event->body, &body, &wrong)) return;
    switch (judge(text_of(body), &known, &value, &written)) {
    case ENOUGH:
        ret->tag = SAGWAN_PLUGIN_TYPES_VERDICT_ACCEPT;
        return;
    case TOO_LOW:
        reject(ret, TEXT("metric-too-low"),
               JOINED(known.metric, TEXT(" is "), written, TEXT(", below "), known.minimum_written),
               pointer_to(TEXT("/body/metrics/"), known.metric));
        return;
    case MISSING:
        reject(ret, TEXT("metric-missing"), JOINED(TEXT("the evaluation does not say what "), known.metric, TEXT(" is")),
               JOINED(TEXT("/body/metrics")));
    }
}
