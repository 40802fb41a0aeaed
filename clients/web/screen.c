/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GInputStream over another one. libsoup only polls: what blocks is not there. Passwords go through it: what it has
 * copied is wiped. */
#include "web/screen.h"

#include <string.h>

#include "model/web-limits.h"

#define READ_BYTES 4096u
#define END "\r\n\r\n"

typedef enum {
    SCREEN_HEAD, /* gathering */
    SCREEN_HELD, /* somebody decides */
    SCREEN_PASS, /* @out goes on, then @body bytes */
    SCREEN_OVER, /* @out goes on, then nothing */
} ScreenState;

struct _CertdScreen {
    GInputStream parent;
    GInputStream *base;
    const CertdScreenWatcher *watcher;
    void *userdata;
    ScreenState state;
    GByteArray *in;        /* has come, and goes on later */
    gsize searched;        /* of it, in vain, for the end of the head */
    GByteArray *out;       /* goes on first */
    guint64 body;          /* still to go on */
    GCancellable *decided; /* wakes who polls while it is held */
    gboolean closed;
};

static void certd_screen_pollable_init(GPollableInputStreamInterface *interface, void *data);

G_DEFINE_TYPE_WITH_CODE(CertdScreen, certd_screen, G_TYPE_INPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM,
                                              certd_screen_pollable_init))

/* Removes the first @count bytes, and what would stay behind the rest. */
static void drop(GByteArray *bytes, gsize count)
{
    gsize length = bytes->len;
    g_byte_array_remove_range(bytes, 0, (guint)count);
    explicit_bzero(bytes->data + bytes->len, length - bytes->len);
}

static void wipe_free(GByteArray *bytes)
{
    if (bytes->len > 0)
        explicit_bzero(bytes->data, bytes->len);
    g_byte_array_unref(bytes);
}

/* Takes up to @count bytes out of @bytes. */
static gssize take(GByteArray *bytes, void *buffer, gsize count)
{
    gsize taken = MIN(count, bytes->len);
    memcpy(buffer, bytes->data, taken);
    drop(bytes, taken);
    return (gssize)taken;
}

/* More of the head; as g_pollable_input_stream_read_nonblocking(). */
static gssize fill(CertdScreen *screen, GCancellable *cancellable, GError **error)
{
    guint8 buffer[READ_BYTES];
    gssize got = g_pollable_input_stream_read_nonblocking(
        G_POLLABLE_INPUT_STREAM(screen->base), buffer, sizeof buffer, cancellable, error);
    if (got > 0) {
        g_byte_array_append(screen->in, buffer, (guint)got);
        explicit_bzero(buffer, (gsize)got);
    }
    return got;
}

/* RFC 9112 section 2.2: empty lines in front of a request are passed over. */
static void skip_empty_lines(CertdScreen *screen)
{
    guint skipped = 0;
    while (screen->in->len >= skipped + 2 && memcmp(screen->in->data + skipped, "\r\n", 2) == 0)
        skipped += 2;
    if (skipped > 0)
        drop(screen->in, skipped);
}

static void hold(CertdScreen *screen)
{
    screen->state = SCREEN_HELD;
    g_clear_object(&screen->decided);
    screen->decided = g_cancellable_new();
}

/* Whether there is a whole head, or too much of one: it has been shown then. */
static gboolean look(CertdScreen *screen)
{
    skip_empty_lines(screen);
    gsize from = screen->searched > strlen(END) ? screen->searched - strlen(END) : 0;
    const guint8 *end = screen->in->len > from ? memmem(screen->in->data + from,
                                                        screen->in->len - from, END, strlen(END))
                                               : NULL;
    gsize length = end ? (gsize)(end - screen->in->data) + strlen(END) : screen->in->len;
    screen->searched = screen->in->len;
    if (length > CERTD_LIMIT_WEB_HEADER_BYTES)
        end = NULL;
    else if (!end)
        return FALSE;

    hold(screen);
    g_autofree char *head = g_strndup((const char *)screen->in->data, length);
    /* g_strndup() stops at a NUL; who decides has to see it. */
    memcpy(head, screen->in->data, length);
    drop(screen->in, length);
    screen->searched = 0;
    screen->watcher->head(head, length, end != NULL, screen->userdata);
    explicit_bzero(head, length);
    return TRUE;
}

/* The next step towards something that goes on: 1, go on; -1 with @error. */
static gssize gather(CertdScreen *screen, GCancellable *cancellable, GError **error)
{
    if (screen->in->len > 0 && screen->searched == 0)
        screen->watcher->started(screen->userdata);
    if (screen->in->len > screen->searched && look(screen))
        return 1;
    gboolean first = screen->in->len == 0;
    g_autoptr(GError) failure = NULL;
    gssize got = fill(screen, cancellable, &failure);
    if (got > 0 && !first)
        screen->watcher->active(screen->userdata);
    if (g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    if (got <= 0) {
        hold(screen);
        screen->watcher->ended(screen->userdata);
    }
    return 1;
}

static gssize read_body(CertdScreen *screen, void *buffer, gsize count, GCancellable *cancellable,
                        GError **error)
{
    gsize wanted = (gsize)MIN((guint64)count, screen->body);
    gssize got =
        screen->in->len > 0
            ? take(screen->in, buffer, wanted)
            : g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(screen->base),
                                                       buffer, wanted, cancellable, error);
    if (got > 0) {
        screen->body -= (guint64)got;
        screen->watcher->active(screen->userdata);
    }
    return got;
}

static gssize read_some(CertdScreen *screen, void *buffer, gsize count, GCancellable *cancellable,
                        GError **error)
{
    while (TRUE) {
        if (screen->out->len > 0)
            return take(screen->out, buffer, count);
        if (screen->state == SCREEN_OVER)
            return 0;
        if (screen->state == SCREEN_HELD) {
            g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                                "The request is being looked at");
            return -1;
        }
        if (screen->state == SCREEN_PASS && screen->body > 0)
            return read_body(screen, buffer, count, cancellable, error);

        screen->state = SCREEN_HEAD;
        gssize step = gather(screen, cancellable, error);
        if (step <= 0)
            return step;
    }
}

static gssize certd_screen_read(GInputStream *stream, void *buffer, gsize count,
                                GCancellable *cancellable, GError **error)
{
    return read_some(CERTD_SCREEN(stream), buffer, count, cancellable, error);
}

static gssize certd_screen_read_nonblocking(GPollableInputStream *stream, void *buffer, gsize count,
                                            GError **error)
{
    return read_some(CERTD_SCREEN(stream), buffer, count, NULL, error);
}

/* Whether a read has something to do without the socket. */
static gboolean has_something(const CertdScreen *screen)
{
    if (screen->out->len > 0 || screen->state == SCREEN_OVER)
        return TRUE;
    return screen->state != SCREEN_HELD && screen->in->len > screen->searched;
}

static gboolean certd_screen_is_readable(GPollableInputStream *stream)
{
    CertdScreen *screen = CERTD_SCREEN(stream);
    return has_something(screen) ||
           (screen->state != SCREEN_HELD &&
            g_pollable_input_stream_is_readable(G_POLLABLE_INPUT_STREAM(screen->base)));
}

static GSource *certd_screen_create_source(GPollableInputStream *stream, GCancellable *cancellable)
{
    CertdScreen *screen = CERTD_SCREEN(stream);
    g_autoptr(GSource) base = NULL;
    if (has_something(screen))
        base = g_timeout_source_new(0);
    else if (screen->state == SCREEN_HELD)
        base = g_cancellable_source_new(screen->decided);
    else
        base = g_pollable_input_stream_create_source(G_POLLABLE_INPUT_STREAM(screen->base), NULL);
    return g_pollable_source_new_full(stream, base, cancellable);
}

static gboolean certd_screen_close(GInputStream *stream, GCancellable *cancellable, GError **error)
{
    CertdScreen *screen = CERTD_SCREEN(stream);
    if (!screen->closed) {
        screen->closed = TRUE;
        screen->state = SCREEN_OVER;
        screen->watcher->closed(screen->userdata);
    }
    return TRUE;
}

static void certd_screen_finalize(GObject *object)
{
    CertdScreen *screen = CERTD_SCREEN(object);
    g_clear_object(&screen->base);
    g_clear_object(&screen->decided);
    wipe_free(screen->in);
    g_byte_array_unref(screen->out);
    G_OBJECT_CLASS(certd_screen_parent_class)->finalize(object);
}

static void certd_screen_pollable_init(GPollableInputStreamInterface *interface, void *data)
{
    interface->is_readable = certd_screen_is_readable;
    interface->create_source = certd_screen_create_source;
    interface->read_nonblocking = certd_screen_read_nonblocking;
}

static void certd_screen_class_init(CertdScreenClass *class)
{
    G_OBJECT_CLASS(class)->finalize = certd_screen_finalize;
    G_INPUT_STREAM_CLASS(class)->read_fn = certd_screen_read;
    G_INPUT_STREAM_CLASS(class)->close_fn = certd_screen_close;
}

static void certd_screen_init(CertdScreen *screen)
{
    /* Of its largest size at once: what grows leaves copies behind, and there may be a password in them. */
    screen->in = g_byte_array_sized_new(CERTD_LIMIT_WEB_HEADER_BYTES + READ_BYTES);
    screen->out = g_byte_array_new();
}

CertdScreen *certd_screen_new(GInputStream *base, const CertdScreenWatcher *watcher, void *userdata)
{
    CertdScreen *screen = g_object_new(CERTD_TYPE_SCREEN, NULL);
    screen->base = g_object_ref(base);
    screen->watcher = watcher;
    screen->userdata = userdata;
    return screen;
}

static void decide(CertdScreen *screen, ScreenState state, const char *head, guint64 body)
{
    if (screen->state != SCREEN_HELD)
        return;
    screen->state = state;
    screen->body = body;
    g_byte_array_append(screen->out, (const guint8 *)head, (guint)strlen(head));
    g_cancellable_cancel(screen->decided);
}

void certd_screen_pass(CertdScreen *screen, const char *head, guint64 body)
{
    decide(screen, SCREEN_PASS, head, body);
}

void certd_screen_refuse(CertdScreen *screen, const char *head)
{
    decide(screen, SCREEN_OVER, head, 0);
}
