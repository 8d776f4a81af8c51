/* Options that several commands share: how to reach the hub, and times in seconds. See command.h.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "cli/report.h"
#include "cli/values.h"
#include "command.h"

static const char *either(const struct arguments *arguments, int option, const char *variable)
{
    return arguments->value[option] ? arguments->value[option] : value_variable(variable);
}

void connect_options(const struct arguments *arguments, yoke_cluster_options *how)
{
    how->servers = either(arguments, OPTION_SERVERS, "YOKE_SERVERS");
    how->credentials = either(arguments, OPTION_CREDENTIALS, "YOKE_CREDENTIALS");
    how->ca_file = either(arguments, OPTION_CA, "YOKE_CA");
    how->certificate_file = either(arguments, OPTION_CERTIFICATE, "YOKE_CERTIFICATE");
    how->key_file = either(arguments, OPTION_KEY, "YOKE_KEY");
}

bool read_seconds(const char *option, const char *text, yoke_duration *time)
{
    char *end;
    double seconds = strtod(text, &end);
    if (*text && !*end && seconds >= 0.1 && seconds <= 1e6)
        return *time = YOKE_SECONDS(seconds), true;
    report_usage("%s=%.60s: expected 0.1 to 1e6 seconds", option, text);
    return false;
}
