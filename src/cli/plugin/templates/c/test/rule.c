#include "rule.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static text of(const char *given) {
    return (text){given, strlen(given)};
}

static found judged(const char *body) {
    settings known;
    text errors[ERRORS_MAX], written;
    double value;
    assert(read_settings(TEXT("{}"), &known, errors) == 0);
    return judge(of(body), &known, &value, &written);
}

int main(void) {
    assert(judged("{\"metrics\":{\"auc\":0.7}}") == ENOUGH);
    assert(judged("{\"metrics\":{\"f1\":1, \"auc\" : 6.9e-1 }}") == TOO_LOW);
    assert(judged("{\"note\":\"}, \\\"metrics\\\"\",\"metrics\":{\"f1\":0.9}}") == MISSING);
    assert(judged("{}") == MISSING);
    const char *wrong[] = {"", "[]", "{\"minimum\":\"high\"}", "{\"metric\":1}", "{\"maximum\":1}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        settings known;
        text errors[ERRORS_MAX];
        assert(read_settings(of(wrong[i]), &known, errors) == 1);
    }
    double number;
    assert(json_number(TEXT("-12.50E+1"), &number) && number == -125.0);
    assert(!json_number(TEXT("1x"), &number) && !json_number(TEXT(""), &number));
    puts("the rule holds");
    return 0;
}
