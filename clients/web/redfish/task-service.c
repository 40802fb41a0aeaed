/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/task-service.h"

#include "common/dict.h"
#include "model/names.h"
#include "model/state.h"
#include "web/redfish/bus.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/tasks.h"
#include "web/route.h"

static const struct {
    const char *state;
    const char *status;
} states[CERTD_REQUEST_STATE_COUNT_] = {
    [CERTD_REQUEST_QUEUED] = {"Pending", "OK"},
    [CERTD_REQUEST_GENERATING] = {"Running", "OK"},
    [CERTD_REQUEST_READY] = {"Completed", "OK"},
    [CERTD_REQUEST_ISSUED] = {"Completed", "OK"},
    [CERTD_REQUEST_FAILED] = {"Exception", "Critical"},
    [CERTD_REQUEST_CANCELLED] = {"Cancelled", "Warning"},
};

const char *certd_task_state(const char *state)
{
    CertdRequestState parsed = CERTD_REQUEST_FAILED;
    (void)certd_request_state_parse(state, &parsed);
    return states[parsed].state;
}

const char *certd_task_status(const char *state)
{
    CertdRequestState parsed = CERTD_REQUEST_FAILED;
    (void)certd_request_state_parse(state, &parsed);
    return states[parsed].status;
}

static char *monitor_path(const char *id)
{
    return g_strconcat(CERTD_REDFISH_TASKS "/TaskMonitors/", id, NULL);
}

/* What certd says of a request that failed; nothing else is to be told. */
static JsonArray *make_messages(GVariant *properties)
{
    JsonArray *messages = json_array_new();
    const char *name = "", *text = "";
    (void)g_variant_lookup(properties, "Error", "(&s&s)", &name, &text);
    if (g_str_has_prefix(name, CERTD_ERROR_PREFIX))
        json_array_add_object_element(messages,
                                      certd_message_own(name + strlen(CERTD_ERROR_PREFIX), text));
    return messages;
}

static JsonObject *make_task(const CertdTask *task, GVariant *properties)
{
    const char *state = certd_dict_string(properties, "State");
    gboolean over = certd_pending_is_over(properties);
    g_autofree char *path = g_strconcat(CERTD_REDFISH_TASKS "/Tasks/", task->id, NULL);
    g_autofree char *monitor = monitor_path(task->id);
    g_autofree char *made = certd_location_request(task->certificate, task->id);
    JsonObject *object =
        certd_resource_new(path, "Task.v1_7_4.Task", task->id, certd_pending_name(task->kind));
    certd_set_string(object, "TaskState", certd_task_state(state));
    certd_set_string(object, "TaskStatus", certd_task_status(state));
    certd_set_string(object, "TaskMonitor", monitor);
    certd_set_time(object, "StartTime", task->started);
    json_object_set_int_member(object, "PercentComplete", over ? 100 : 0);
    json_object_set_boolean_member(object, "HidePayload", TRUE);
    json_object_set_array_member(object, "Messages", make_messages(properties));
    JsonArray *links = json_array_new();
    JsonObject *link = json_object_new();
    certd_set_string(link, "@odata.id", made);
    json_array_add_object_element(links, link);
    json_object_set_array_member(certd_child(object, "Links"), "CreatedResources", links);
    return object;
}

void certd_task_service_accept(CertdAnswer *answer, const char *id, GVariant *properties)
{
    g_autoptr(CertdTask) task = certd_tasks_find(id);
    g_autofree char *monitor = monitor_path(id);
    /* So many others have become tasks in between that it is forgotten: its request is there all the same. */
    if (!task) {
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "Task", id);
        return;
    }
    certd_answer_task(answer, monitor, make_task(task, properties));
}

/* The task that the request's path names, and what certd says of its request; NULL with the answer filled. */
static CertdTask *find(const CertdRequest *request, CertdAnswer *answer, GVariant **properties,
                       char **object)
{
    g_autoptr(CertdTask) task = certd_tasks_find(request->parts[0]);
    if (!task) {
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "Task", request->parts[0]);
        return NULL;
    }
    *properties = certd_lookup_request(request, answer, task->certificate, task->id, object);
    return *properties ? g_steal_pointer(&task) : NULL;
}

static void get_service(const CertdRequest *request, CertdAnswer *answer)
{
    JsonObject *service = certd_resource_new(CERTD_REDFISH_TASKS, "TaskService.v1_3_0.TaskService",
                                             "TaskService", "Task service");
    json_object_set_boolean_member(service, "ServiceEnabled", TRUE);
    certd_set_string(service, "CompletedTaskOverWritePolicy", "Oldest");
    json_object_set_boolean_member(service, "LifeCycleEventOnTaskStateChange", FALSE);
    certd_set_time(service, "DateTime", g_get_real_time() / G_USEC_PER_SEC);
    certd_link(service, "Tasks", CERTD_REDFISH_TASKS "/Tasks");
    certd_answer_json(answer, 200, service);
}

static void get_tasks(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GPtrArray) tasks = certd_tasks_list();
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = 0; i < tasks->len; i++) {
        const CertdTask *task = g_ptr_array_index(tasks, i);
        g_autofree char *path = g_strconcat(CERTD_REDFISH_TASKS "/Tasks/", task->id, NULL);
        g_strv_builder_add(builder, path);
    }
    g_auto(GStrv) paths = g_strv_builder_end(builder);
    JsonObject *collection = certd_collection_new(request, answer, "#TaskCollection.TaskCollection",
                                                  "Tasks", (const char *const *)paths);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

static void get_task(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) properties = NULL;
    g_autoptr(CertdTask) task = find(request, answer, &properties, NULL);
    if (task)
        certd_answer_json(answer, 200, make_task(task, properties));
}

static void get_monitor(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) properties = NULL;
    g_autoptr(CertdTask) task = find(request, answer, &properties, NULL);
    if (!task)
        return;
    if (certd_pending_is_over(properties))
        certd_pending_result(request, answer, task->kind, task->certificate, task->id, properties);
    else
        certd_task_service_accept(answer, task->id, properties);
}

/* Of a task, or its monitor: gives up what is still being made (DSP0266 section 7.13), and forgets it. */
static void remove_task(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) properties = NULL;
    g_autofree char *object = NULL;
    g_autoptr(CertdTask) task = find(request, answer, &properties, &object);
    if (!task)
        return;
    if (!certd_pending_is_over(properties)) {
        g_autoptr(GVariant) reply = certd_redfish_call(
            request, answer, object, CERTD_INTERFACE_REQUEST, "Cancel", NULL, "()", NULL, NULL);
        if (!reply)
            return;
    }
    (void)certd_tasks_remove(task->id);
    certd_answer_nothing(answer);
}

const CertdRoute certd_routes_tasks[] = {
    {.pattern = CERTD_REDFISH_TASKS, .flags = CERTD_ROUTE_HERE, .get = get_service},
    {.pattern = CERTD_REDFISH_TASKS "/Tasks", .flags = CERTD_ROUTE_HERE, .get = get_tasks},
    {.pattern = CERTD_REDFISH_TASKS "/Tasks/{}", .get = get_task, .remove = remove_task},
    {.pattern = CERTD_REDFISH_TASKS "/TaskMonitors/{}", .get = get_monitor, .remove = remove_task},
    {0},
};
