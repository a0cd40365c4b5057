// `my-rule`: the contract's side. The rule itself is in rule.c.
#include "rule.h"
#include "monitor.h"
#include <stdlib.h>
#include <string.h>

typedef monitor_string_t string;

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

void exports_sagwan_plugin_monitoring_describe(sagwan_plugin_types_description_t *ret) {
    memset(ret, 0, sizeof *ret);
    ret->name = JOINED(TEXT("my-rule"));
    ret->version = JOINED(TEXT("0.1.0"));
    ret->summary = JOINED(TEXT("Raises an alert when a model's metric falls below a minimum"));
    ret->settings_schema = JOINED(SCHEMA);
    ret->kinds.ptr = malloc(sizeof(string));
    ret->kinds.ptr[0] = JOINED(KIND);
    ret->kinds.len = 1;
}

bool exports_sagwan_plugin_monitoring_check_settings(monitor_string_t *given, monitor_list_string_t *err) {
    settings known;
    text errors[ERRORS_MAX];
    size_t count = read_settings(text_of(*given), &known, errors);
    if (count == 0) return true;
    err->ptr = malloc(count * sizeof(string));
    err->len = count;
    for (size_t i = 0; i < count; i++) err->ptr[i] = JOINED(errors[i]);
    return false;
}

// The subject without its version: what is remembered is kept by model.
static string model_of(string subject) {
    size_t length = 0;
    while (length < subject.len && subject.ptr[length] != '@') length++;
    return (string){subject.ptr, length};
}

static sagwan_plugin_types_list_metric_t metric_of(const settings *known, double value) {
    sagwan_plugin_types_metric_t *metric = malloc(sizeof *metric);
    metric->name = JOINED(known->metric);
    metric->value = value;
    metric->threshold.is_some = true;
    metric->threshold.val = known->minimum;
    return (sagwan_plugin_types_list_metric_t){metric, 1};
}

// What the model had before, for a message; and what it has now, for the next time.
static text remembered(string model, text written) {
    monitor_list_u8_t before;
    text was = {NULL, 0};
    if (sagwan_plugin_state_get(&model, &before)) was = (text){(const char *)before.ptr, before.len};
    string now = JOINED(written);
    monitor_list_u8_t bytes = {now.ptr, now.len};
    sagwan_plugin_state_set(&model, &bytes);
    return was;
}

void exports_sagwan_plugin_monitoring_observe(sagwan_plugin_types_event_t *event, monitor_string_t *given,
                                              exports_sagwan_plugin_monitoring_list_observation_t *ret) {
    *ret = (exports_sagwan_plugin_monitoring_list_observation_t){NULL, 0};
    if (!text_is(text_of(event->kind), KIND)) return;
    // The ledger calls only with settings that check_settings passed, and bodies that it has read itself.
    settings known;
    text errors[ERRORS_MAX], written;
    monitor_string_t body, wrong;
    double value;
    if (read_settings(text_of(*given), &known, errors) > 0) return;
    if (!sagwan_plugin_json_from_body(&event->kind, &event->body, &body, &wrong)) return;
    found said = judge(text_of(body), &known, &value, &written);
    if (said == MISSING) return;
    text before = remembered(model_of(event->subject), written);
    sagwan_plugin_types_observation_t *observations = malloc(2 * sizeof *observations);
    memset(observations, 0, 2 * sizeof *observations);
    observations[0].tag = SAGWAN_PLUGIN_TYPES_OBSERVATION_MEASUREMENT;
    observations[0].val.measurement.subject = JOINED(text_of(event->subject));
    observations[0].val.measurement.metrics = metric_of(&known, value);
    ret->ptr = observations;
    ret->len = 1;
    if (said == ENOUGH) return;
    sagwan_plugin_types_alert_t *alert = &observations[1].val.alert;
    observations[1].tag = SAGWAN_PLUGIN_TYPES_OBSERVATION_ALERT;
    alert->subject = JOINED(text_of(event->subject));
    alert->code = JOINED(TEXT("metric-too-low"));
    alert->severity = SAGWAN_PLUGIN_TYPES_SEVERITY_MAJOR;
    alert->message =
        before.at == NULL
            ? JOINED(known.metric, TEXT(" is "), written, TEXT(", below "), known.minimum_written)
            : JOINED(known.metric, TEXT(" is "), written, TEXT(", below "), known.minimum_written, TEXT(" (it was "),
                     before, TEXT(")"));
    alert->metrics = metric_of(&known, value);
    ret->len = 2;
}

void exports_sagwan_plugin_monitoring_tick(int64_t now, monitor_string_t *given,
                                           exports_sagwan_plugin_monitoring_list_observation_t *ret) {
    *ret = (exports_sagwan_plugin_monitoring_list_observation_t){NULL, 0};
}
