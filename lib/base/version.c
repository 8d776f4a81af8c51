/* Answers the version that the library was built as, for programs that were built with another. */
#include "yoke/version.h"

#define TEXT_OF(token)   #token
#define VERSION(a, b, c) TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

const char *yoke_version(void)
{
    return VERSION(YOKE_VERSION_MAJOR, YOKE_VERSION_MINOR, YOKE_VERSION_PATCH);
}
