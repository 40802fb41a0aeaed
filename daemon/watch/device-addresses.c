/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses by rtnetlink: getifaddrs() has neither their flags nor their scope. */

#include "watch/device-addresses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

/* libmnl advises 32 KiB for dumps; the kernel packs no more into one answer. */
#define ANSWER_BYTES (32u * 1024u)
/* A dump during which something changed is begun again, at most as often as this: of what goes on
 * changing CertdChanges tells anyhow. */
#define TRIES 5u

typedef struct {
    sa_family_t family;
    unsigned char bytes[sizeof(struct in6_addr)]; /* the first four of IPv4 */
} Address;

typedef struct {
    GHashTable *up;    /* the indices of the interfaces that are up, but loopback's */
    GArray *addresses; /* Address */
} Dump;

static void close_socket(struct mnl_socket **socket)
{
    if (*socket != NULL)
        mnl_socket_close(*socket);
}

static int on_link(const struct nlmsghdr *header, void *userdata)
{
    const Dump *dump = userdata;
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);
    if (header->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(header) < sizeof *link)
        return MNL_CB_OK;
    if ((link->ifi_flags & IFF_UP) != 0 && (link->ifi_flags & IFF_LOOPBACK) == 0)
        g_hash_table_add(dump->up, GINT_TO_POINTER(link->ifi_index));
    return MNL_CB_OK;
}

static size_t address_length(sa_family_t family)
{
    return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

/* Loopback, multicast and unspecified addresses are of no interface, wherever they are set. */
static gboolean is_own(const Address *address)
{
    struct in6_addr v6;
    memcpy(&v6, address->bytes, sizeof v6);
    if (address->family == AF_INET)
        return address->bytes[0] != 0 && address->bytes[0] != IN_LOOPBACKNET &&
               address->bytes[0] < 224; /* 224/4 and above: multicast and reserved */
    return !IN6_IS_ADDR_UNSPECIFIED(&v6) && !IN6_IS_ADDR_LOOPBACK(&v6) &&
           !IN6_IS_ADDR_MULTICAST(&v6);
}

/* IPv4 has the bit of IFA_F_TEMPORARY for secondary addresses, and no detection. */
static gboolean is_settled(sa_family_t family, uint32_t flags)
{
    if (family == AF_INET)
        return TRUE;
    if ((flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0)
        return FALSE;
    return (flags & (IFA_F_DADFAILED | IFA_F_TEMPORARY)) == 0;
}

static int on_address(const struct nlmsghdr *header, void *userdata)
{
    const Dump *dump = userdata;
    const struct ifaddrmsg *message = mnl_nlmsg_get_payload(header);
    if (header->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(header) < sizeof *message ||
        (message->ifa_family != AF_INET && message->ifa_family != AF_INET6))
        return MNL_CB_OK;
    Address address = {.family = message->ifa_family};
    size_t length = address_length(address.family);
    uint32_t flags = message->ifa_flags;
    const struct nlattr *attribute, *local = NULL, *any = NULL;
    mnl_attr_for_each(attribute, header, sizeof *message)
    {
        uint16_t type = mnl_attr_get_type(attribute);
        /* The header's flags have eight bits; this has them all. */
        if (type == IFA_FLAGS && mnl_attr_get_payload_len(attribute) >= sizeof flags)
            flags = mnl_attr_get_u32(attribute);
        else if (type == IFA_LOCAL && mnl_attr_get_payload_len(attribute) == length)
            local = attribute;
        else if (type == IFA_ADDRESS && mnl_attr_get_payload_len(attribute) == length)
            any = attribute;
    }
    /* On a point-to-point link IFA_ADDRESS is the peer's. */
    const struct nlattr *own = local != NULL ? local : any;
    if (own == NULL || message->ifa_scope >= RT_SCOPE_HOST || !is_settled(address.family, flags) ||
        !g_hash_table_contains(dump->up, GINT_TO_POINTER((int)message->ifa_index)))
        return MNL_CB_OK;
    memcpy(address.bytes, mnl_attr_get_payload(own), length);
    if (is_own(&address))
        g_array_append_val(dump->addresses, address);
    return MNL_CB_OK;
}

/* Feeds all answers to the request of @type, whose header has @size bytes, to @callback. FALSE
 * where the kernel says no, or that something changed meanwhile. */
static gboolean request(uint16_t type, size_t size, mnl_cb_t callback, Dump *dump)
{
    __attribute__((cleanup(close_socket))) struct mnl_socket *socket =
        mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    g_autofree char *buffer = g_malloc0(ANSWER_BYTES);
    if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
        return FALSE;
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = type;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    header->nlmsg_seq = 1;
    mnl_nlmsg_put_extra_header(header, size);
    if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
        return FALSE;
    unsigned int port = mnl_socket_get_portid(socket);
    int r;
    do {
        ssize_t n = TEMP_FAILURE_RETRY(mnl_socket_recvfrom(socket, buffer, ANSWER_BYTES));
        r = n > 0 ? mnl_cb_run(buffer, (size_t)n, 1, port, callback, dump) : MNL_CB_ERROR;
    } while (r > MNL_CB_STOP);
    return r == MNL_CB_STOP;
}

static gboolean is_link_local(const Address *address)
{
    if (address->family == AF_INET)
        return address->bytes[0] == 169 && address->bytes[1] == 254;
    return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

static int compare(gconstpointer one, gconstpointer other)
{
    const Address *a = one, *b = other;
    if (a->family != b->family)
        return a->family == AF_INET ? -1 : 1;
    int far = is_link_local(a) - is_link_local(b);
    return far != 0 ? far : memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static void print(GPtrArray *texts, const Address *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (inet_ntop(address->family, address->bytes, text, sizeof text) != NULL)
        g_ptr_array_add(texts, g_strdup(text));
}

GPtrArray *certd_device_addresses(void)
{
    g_autoptr(GHashTable) up = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(Address));
    Dump dump = {.up = up, .addresses = addresses};
    gboolean whole = FALSE;
    for (unsigned int i = 0; i < TRIES && !whole; i++) {
        g_hash_table_remove_all(up);
        g_array_set_size(addresses, 0);
        whole = request(RTM_GETLINK, sizeof(struct ifinfomsg), on_link, &dump) &&
                request(RTM_GETADDR, sizeof(struct ifaddrmsg), on_address, &dump);
    }
    g_array_sort(addresses, compare);
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < addresses->len; i++) {
        const Address *address = &g_array_index(addresses, Address, i);
        /* An interface may have the same link-local address as another. */
        if (i == 0 || compare(address, address - 1) != 0)
            print(texts, address);
    }
    return texts;
}
