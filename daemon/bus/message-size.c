/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How large a call is: its values, and the bytes of its texts and arrays of bytes. */

#include "bus/message-size.h"

#include <errno.h>
#include <string.h>

#include "model/error.h"
#include "model/limits.h"

/* What a value takes in a message at most besides its text: itself and its padding. */
#define VALUE_BYTES 16u

typedef struct {
    guint values;
    size_t bytes;
} Size;

static int walk(sd_bus_message *message, Size *size);

static int walk_bytes(sd_bus_message *message, Size *size)
{
    const void *data;
    size_t length = 0;
    int r = sd_bus_message_read_array(message, 'y', &data, &length);
    size->bytes += length;
    return r;
}

static int walk_container(sd_bus_message *message, char type, const char *contents, Size *size)
{
    int r = sd_bus_message_enter_container(message, type, contents);
    if (r >= 0)
        r = walk(message, size);
    return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int walk_basic(sd_bus_message *message, char type, Size *size)
{
    union {
        const char *text;
        guint64 number;
        int descriptor;
    } value = {0};
    int r = sd_bus_message_read_basic(message, type, &value);
    if (r >= 0 && strchr("sog", type) != NULL)
        size->bytes += strlen(value.text);
    return r;
}

/* What is left in the container that @message is in. -E2BIG as soon as it is too much. */
static int walk(sd_bus_message *message, Size *size)
{
    char type;
    const char *contents;
    int r;
    while ((r = sd_bus_message_peek_type(message, &type, &contents)) > 0) {
        if (++size->values > CERTD_LIMIT_MESSAGE_VALUES)
            return -E2BIG;
        if (type == 'a' && g_str_equal(contents, "y"))
            r = walk_bytes(message, size);
        else if (contents != NULL)
            r = walk_container(message, type, contents, size);
        else
            r = walk_basic(message, type, size);
        if (r < 0)
            return r;
        if (size->bytes > CERTD_LIMIT_MESSAGE_BYTES)
            return -E2BIG;
    }
    return r;
}

gboolean certd_message_size(sd_bus_message *message, size_t *size, GError **error)
{
    Size found = {0};
    int r = sd_bus_message_rewind(message, TRUE);
    if (r >= 0)
        r = walk(message, &found);
    sd_bus_message_rewind(message, TRUE);
    if (r == -E2BIG)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    "The call has more than %u values, or more than %u bytes of text and data; "
                    "send less at once",
                    CERTD_LIMIT_MESSAGE_VALUES, CERTD_LIMIT_MESSAGE_BYTES);
    else if (r < 0)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The message is not what its signature says; send it again");
    else
        *size = found.bytes + found.values * (size_t)VALUE_BYTES;
    return r >= 0;
}
