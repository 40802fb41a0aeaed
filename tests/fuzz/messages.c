/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd's D-Bus decoders over real messages: any value of any of the types that callers may send goes
 * into a message, and is read as what the methods expect. */

#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "bus/bus-private.h"
#include "fuzz.h"
#include "variants.h"
#include "wire/variant.h"

static const char *const types[] = {"a{sv}", "a(ss)", "s", "v", "ay", "av", "(sa{sv})", "aa{sv}"};

/* A connection that nobody answers: messages need one. */
static sd_bus *connection(void)
{
    static sd_bus *bus;
    int pair[2];
    if (bus == NULL) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0 ||
            sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, pair[0], pair[0]) < 0 ||
            sd_bus_start(bus) < 0)
            g_error("no connection");
    }
    return bus;
}

static void read_as(sd_bus_message *message, const char *type)
{
    g_autoptr(GError) error = NULL;
    sd_bus_message_rewind(message, TRUE);
    g_autoptr(GVariant) value = certd_variant_read(message, type, &error);
    g_assert((value == NULL) == (error != NULL));
    g_assert(value == NULL || g_variant_is_of_type(value, G_VARIANT_TYPE(type)));
}

static void read_secret(sd_bus_message *message)
{
    g_autoptr(GError) error = NULL;
    int passphrase_fd = -1;
    sd_bus_message_rewind(message, TRUE);
    g_autoptr(GVariant) options = certd_read_secret_options(message, &passphrase_fd, &error);
    g_assert((options == NULL) == (error != NULL));
    g_assert(options != NULL || passphrase_fd < 0);
    if (passphrase_fd >= 0)
        close(passphrase_fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *message = NULL;
    if (size < 1)
        return 0;
    g_autoptr(GVariant) value =
        fuzz_variant(types[data[0] % G_N_ELEMENTS(types)], data + 1, size - 1);
    if (sd_bus_message_new_method_call(connection(), &message, NULL, "/x", "x.y", "Z") < 0 ||
        certd_variant_append(message, value) < 0 || sd_bus_message_seal(message, 1, 0) < 0)
        return 0;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        read_as(message, types[i]);
    read_secret(message);
    return 0;
}
