#include "rule.h"

size_t read_settings(text json, settings *known, text errors[ERRORS_MAX]) {
    *known = (settings){TEXT("auc"), 0.7, TEXT("0.7")};
    text members, name, value;
    if (!json_object(json, &members)) {
        errors[0] = TEXT("settings: write a JSON object, such as {}");
        return 1;
    }
    size_t count = 0;
    while (count < ERRORS_MAX && json_next(&members, &name, &value)) {
        if (text_is(name, TEXT("metric"))) {
            if (!json_string(value, &known->metric)) {
                errors[count++] = TEXT("metric: write the name of a metric, such as \"auc\"");
            }
        } else if (text_is(name, TEXT("minimum"))) {
            known->minimum_written = value;
            if (!json_number(value, &known->minimum)) errors[count++] = TEXT("minimum: write a number, such as 0.7");
        } else {
            errors[count++] = TEXT("a setting that is not there; there are metric and minimum");
        }
    }
    return count;
}

found judge(text body, const settings *known, double *value, text *written) {
    text metrics;
    if (!json_find(body, TEXT("metrics"), &metrics) || !json_find(metrics, known->metric, written) ||
        !json_number(*written, value)) {
        return MISSING;
    }
    return *value < known->minimum ? TOO_LOW : ENOUGH;
}
