/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device's names and addresses, in a namespace that has the ones of each row: R23. */
#include "watch/device-names.h"

#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "model/limits.h"

#define AT_MOST_USEC (10 * G_USEC_PER_SEC)
#define STEP_USEC 1000u
/* Duplicate address detection sends one each second: it does not end while a test looks. */
#define DAD_TRANSMITS "255"

typedef struct {
    const char *row;
    const char *kernel;  /* host name */
    const char *fixed;   /* /etc/hostname */
    const char *hosts;   /* /etc/hosts */
    const char *network; /* ip(8) commands, with interfaces cd0 and cd1 there, and down */
    const char *name;    /* certd_device_host_name() */
    const char *names;   /* certd_device_names(), in this order */
} Row;

#define QUIET "link set cd0 addrgenmode none\nlink set cd1 addrgenmode none\n"
#define UP QUIET "link set cd0 up\nlink set cd1 up\n"

static const Row rows[] = {
    {"short", "dev1", "", "", "", "dev1", "DNS:dev1 DNS:dev1.local"},
    {"full-by-itself", "dev1.example.org", "", "", "", "dev1.example.org",
     "DNS:dev1.example.org DNS:dev1.local"},
    {"full-by-hosts", "dev1", "dev1\n", "127.0.1.1 dev1.example.org dev1\n", "", "dev1.example.org",
     "DNS:dev1.example.org DNS:dev1 DNS:dev1.local"},
    {"full-is-alias", "dev1", "", "127.0.1.1 dev1 dev1.example.org\n", "", "dev1.example.org",
     "DNS:dev1.example.org DNS:dev1 DNS:dev1.local"},
    {"full-in-capitals", "DEV1", "", "127.0.1.1 dev1.example.org dev1\n", "", "dev1.example.org",
     "DNS:dev1.example.org DNS:dev1 DNS:dev1.local"},
    {"full-behind-others", "dev1", "",
     "127.0.0.1 localhost.example.org localhost\n192.0.2.9 dev10.example.org dev10\n"
     "127.0.1.1 dev1\n192.0.2.7 dev1.example.org dev1\n",
     "", "dev1.example.org", "DNS:dev1.example.org DNS:dev1 DNS:dev1.local"},
    {"full-by-ipv6", "dev1", "", "2001:db8::7 dev1.example.org dev1\n", "", "dev1.example.org",
     "DNS:dev1.example.org DNS:dev1 DNS:dev1.local"},
    {"full-in-comment", "dev1", "", "192.0.2.7 dev1 # dev1.example.org\n", "", "dev1",
     "DNS:dev1 DNS:dev1.local"},
    {"full-by-tabs", "dev1", "", "\t192.0.2.7\t\tdev1.example.org \t dev1\t#x\n", "",
     "dev1.example.org", "DNS:dev1.example.org DNS:dev1 DNS:dev1.local"},
    {"address-is-no-name", "dev1", "", "dev1 other.example.org\n", "", "dev1",
     "DNS:dev1 DNS:dev1.local"},
    {"static-too", "lease-7", "dev1\n", "", "", "lease-7",
     "DNS:lease-7 DNS:lease-7.local DNS:dev1 DNS:dev1.local"},
    {"static-with-comment", "dev1", "# the rack's name\n\n  rack9 \n", "", "", "dev1",
     "DNS:dev1 DNS:dev1.local DNS:rack9 DNS:rack9.local"},
    {"static-is-none", "dev1", "two words\n", "", "", "dev1", "DNS:dev1 DNS:dev1.local"},
    {"localhost", "localhost", "", "", "", "localhost", "DNS:localhost"},
    {"no-name", "", "", "", "", "localhost", ""},
    {"name-of-no-host", "a b", "", "", "", "a b", ""},
    {"addresses", "", "", "",
     UP "addr add 192.0.2.7/24 dev cd0\naddr add 198.51.100.1/24 dev cd0\n"
        "addr add 203.0.113.1/24 dev cd1\naddr add 2001:db8::7/64 dev cd0 nodad\n"
        "addr add fe80::7/64 dev cd1 nodad\n",
     "localhost", "IP:192.0.2.7 IP:198.51.100.1 IP:203.0.113.1 IP:2001:db8::7 IP:fe80::7"},
    /* In whatever order they came. */
    {"sorted", "", "", "",
     UP "addr add fe80::7/64 dev cd0 nodad\naddr add fd00::9/64 dev cd0 nodad\n"
        "addr add 2001:db8::7/64 dev cd1 nodad\naddr add 169.254.3.4/16 dev cd0\n"
        "addr add 203.0.113.1/24 dev cd1\naddr add 192.0.2.7/24 dev cd0\n",
     "localhost",
     "IP:192.0.2.7 IP:203.0.113.1 IP:169.254.3.4 IP:2001:db8::7 IP:fd00::9 IP:fe80::7"},
    {"secondary", "", "", "", UP "addr add 192.0.2.7/24 dev cd0\naddr add 192.0.2.8/24 dev cd0\n",
     "localhost", "IP:192.0.2.7 IP:192.0.2.8"},
    {"point-to-point", "", "", "",
     UP "addr add 192.0.2.7 peer 192.0.2.8 dev cd0\n"
        "addr add 2001:db8::7 peer 2001:db8::8 dev cd0 nodad\n",
     "localhost", "IP:192.0.2.7 IP:2001:db8::7"},
    {"tentative", "", "", "",
     UP "addr add 2001:db8::7/64 dev cd0\naddr add 2001:db8::8/64 dev cd0 nodad\n", "localhost",
     "IP:2001:db8::8"},
    {"deprecated", "", "", "", UP "addr add 2001:db8::7/64 dev cd0 nodad preferred_lft 0\n",
     "localhost", "IP:2001:db8::7"},
    {"host-scope", "", "", "", UP "addr add 192.0.2.7/24 dev cd0 scope host\n", "localhost", ""},
    {"link-scope", "", "", "", UP "addr add 192.0.2.7/24 dev cd0 scope link\n", "localhost",
     "IP:192.0.2.7"},
    {"multicast", "", "", "",
     UP "addr add 239.1.2.3/32 dev cd0 autojoin\naddr add ff05::7/128 dev cd0 autojoin nodad\n",
     "localhost", ""},
    {"same-address-twice", "", "", "",
     UP "addr add fe80::7/64 dev cd0 nodad\naddr add fe80::7/64 dev cd1 nodad\n", "localhost",
     "IP:fe80::7"},
    {"interface-down", "", "", "", "addr add 192.0.2.7/24 dev cd0\n", "localhost", ""},
    {"loopback", "", "", "", "link set lo up\naddr add 192.0.2.7/32 dev lo\n", "localhost", ""},
    {"loopback-elsewhere", "", "", "", UP "addr add 127.0.0.7/8 dev cd0\n", "localhost", ""},
    {"one-of-two-down", "", "", "",
     UP "addr add 192.0.2.7/24 dev cd0\naddr add 203.0.113.1/24 dev cd1\nlink set cd1 down\n",
     "localhost", "IP:192.0.2.7"},
    {"all", "dev1", "dev1\n", "192.0.2.7 dev1.example.org dev1\n",
     UP "addr add 192.0.2.7/24 dev cd0\n", "dev1.example.org",
     "DNS:dev1.example.org DNS:dev1 DNS:dev1.local IP:192.0.2.7"},
};

static void test_row(gconstpointer data)
{
    const Row *row = data;
    fixture_ip("link add cd1 type veth peer name cd0\n");
    fixture_ip(row->network);
    fixture_set_host_name(row->kernel);
    fixture_write("/etc/hostname", row->fixed);
    fixture_write("/etc/hosts", row->hosts);
    g_autofree char *name = certd_device_host_name();
    g_autofree char *text = fixture_names();
    fixture_ip("link del cd0\nlink set lo down\naddr flush dev lo\n");
    g_assert_cmpstr(name, ==, row->name);
    g_assert_cmpstr(text, ==, row->names);
}

/* More addresses than one certificate may name: the first ones. */
static void test_limit(void)
{
    g_autoptr(GString) network = g_string_new("link add cd1 type veth peer name cd0\n" UP);
    for (guint i = 0; i < CERTD_LIMIT_SANS_OWN + 5; i++)
        g_string_append_printf(network, "addr add 192.0.2.%u/24 dev cd0\n", i + 1);
    fixture_ip(network->str);
    fixture_set_host_name("dev1");
    fixture_write("/etc/hostname", "dev1\n");
    fixture_write("/etc/hosts", "");
    g_autoptr(GPtrArray) names = certd_device_names();
    fixture_ip("link del cd0\n");
    g_assert_cmpuint(names->len, ==, CERTD_LIMIT_SANS_OWN);
    g_autofree char *first = certd_san_print(g_ptr_array_index(names, 0));
    g_autofree char *last = certd_san_print(g_ptr_array_index(names, names->len - 1));
    g_assert_cmpstr(first, ==, "DNS:dev1");
    g_assert_cmpstr(last, ==, "IP:192.0.2.98");
}

/* The temporary addresses that are in use: the kernel settles them beside its other work. Caller
 * frees. */
static char *await_temporary(void)
{
    gint64 deadline = g_get_monotonic_time() + AT_MOST_USEC;
    for (;;) {
        g_autofree char *found = fixture_ip_print("-6 -oneline addr show temporary -tentative");
        if (found[0] != '\0' || g_get_monotonic_time() > deadline)
            return g_steal_pointer(&found);
        g_usleep(STEP_USEC);
    }
}

/* The kernel makes temporary addresses where prefixes come with the wish for them; here one without
 * duplicate address detection. */
static void test_temporary(void)
{
    fixture_ip("link add cd1 type veth peer name cd0\n" UP);
    fixture_write_in_place("/proc/sys/net/ipv6/conf/cd0/use_tempaddr", "2");
    fixture_write_in_place("/proc/sys/net/ipv6/conf/cd0/accept_dad", "0");
    fixture_ip("addr add 2001:db8::7/64 dev cd0 mngtmpaddr\n");
    fixture_set_host_name("");
    fixture_write("/etc/hostname", "");
    g_autofree char *temporary = await_temporary();
    g_autofree char *text = fixture_names();
    fixture_ip("link del cd0\n");
    g_assert_cmpstr(temporary, !=, "");
    g_assert_cmpstr(text, ==, "IP:2001:db8::7");
}

/* An optimistic address is in use before its duplicate address detection has ended. */
static void test_optimistic(void)
{
    fixture_ip("link add cd1 type veth peer name cd0\n" UP);
    fixture_write_in_place("/proc/sys/net/ipv6/conf/cd0/optimistic_dad", "1");
    fixture_ip("addr add 2001:db8::7/64 dev cd0 optimistic\n");
    fixture_set_host_name("");
    fixture_write("/etc/hostname", "");
    g_autofree char *text = fixture_names();
    g_autofree char *tentative = fixture_ip_print("-6 -oneline addr show tentative");
    fixture_ip("link del cd0\n");
    g_assert_nonnull(strstr(tentative, "optimistic"));
    g_assert_cmpstr(text, ==, "IP:2001:db8::7");
}

/* A device without /etc/hostname and /etc/hosts has the kernel's name. */
static void test_no_files(void)
{
    g_assert_cmpint(unlink("/etc/hostname"), ==, 0);
    g_assert_cmpint(unlink("/etc/hosts"), ==, 0);
    fixture_set_host_name("dev1");
    g_autofree char *name = certd_device_host_name();
    g_autofree char *text = fixture_names();
    g_assert_cmpstr(name, ==, "dev1");
    g_assert_cmpstr(text, ==, "DNS:dev1 DNS:dev1.local");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/watch/device-names/", rows[i].row, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/watch/device-names/limit", test_limit);
    g_test_add_func("/watch/device-names/temporary", test_temporary);
    g_test_add_func("/watch/device-names/optimistic", test_optimistic);
    g_test_add_func("/watch/device-names/no-files", test_no_files);
    fixture_enter();
    fixture_write_in_place("/proc/sys/net/ipv6/conf/default/dad_transmits", DAD_TRANSMITS);
    return g_test_run();
}
