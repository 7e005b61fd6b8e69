// SPDX-License-Identifier: MIT
// Random requests to namespaces: names and what they stand for.
#include "moe_random.h"

#include <string.h>

static char const *random_name(void)
{
    static char const *const odd[] = { "", "/", "a/", "/a", "a//b", "file", "text", "zz", "a/b", "c/d/e", "text/x" };
    static char name[2];

    if (once_in(6))
        return odd[below(sizeof(odd) / sizeof(*odd))];
    name[0] = (char)('a' + below(MODEL_NAMES));
    return name;
}

static bool empty_part(char const *path)
{
    size_t len = strlen(path);

    return len == 0 || path[0] == '/' || path[len - 1] == '/' || strstr(path, "//");
}

static struct model_object *file_of(struct model_object const *ns, char const *name, size_t len)
{
    if (ns != model_slots[CLIENT_ROM].object || len != 4)
        return NULL;
    return memcmp(name, "file", 4) == 0 ? file : memcmp(name, "text", 4) == 0 ? text : NULL;
}

void do_query(void)
{
    unsigned via = slot_of(KIND_NAMESPACE), slot = empty_slot();
    struct model_slot s = model_slots[via];
    struct request_text t = {0};
    char const *path = random_name();
    unsigned len = (unsigned)strcspn(path, "/"), all = (unsigned)strlen(path);

    if (s.object->kind != KIND_NAMESPACE || !slot)
        return;
    struct model_name *n = model_name(s.object, path, len);
    struct model_object *target = file_of(s.object, path, len);
    unsigned rights = R;
    long expected = len < all ? L4RE_NS_PARTLY_RESOLVED : 0;
    if (empty_part(path) || (!target && (!n || !n->used)))
        expected = -L4_ENOENT;
    else if (!target && !n->target)
        expected = -L4_EAGAIN;
    else if (!target) {
        target = n->target;
        rights = n->rights;
    }
    put_word(&t, L4RE_NS_OP_QUERY);
    put_name(&t, path, all);
    AGREE(==, client_call(via, L4RE_PROTO_NAMESPACE, &t, slot), expected);
    if (expected < 0)
        return;
    AGREE(==, t.w[1], len < all ? all - len - 1 : 0);
    AGREE_MSG(memcmp(&t.w[2], path + all - t.w[1], t.w[1]) == 0, "another rest of the path");
    model_put(slot, target, rights & (s.rights & S ? ~0u : ~(unsigned)S));
}

static long expect_register(struct model_slot s, char const *name, unsigned flags)
{
    struct model_name const *n = model_name(s.object, name, (unsigned)strlen(name));

    if (!(s.rights & W))
        return -L4_EPERM;
    if (!*name || strchr(name, '/'))
        return -L4_EINVAL;
    if (file_of(s.object, name, strlen(name)))
        return -L4_EEXIST;
    return n && n->target && !(flags & L4RE_NS_REGISTER_OVERWRITE) ? -L4_EEXIST : 0;
}

// Does the object keep the namespace, by names? A cycle of them would last as long as their factory.
static bool reaches(struct model_object const *o, struct model_object const *ns)
{
    if (o == ns)
        return true;
    for (unsigned n = 0; o->kind == KIND_NAMESPACE && n < MODEL_NAMES; n++)
        if (o->names[n].target && reaches(o->names[n].target, ns))
            return true;
    return false;
}

void do_register(void)
{
    unsigned via = slot_of(KIND_NAMESPACE), what = any_slot(), sent = once_in(6) ? below(8) : R | below(4);
    struct model_slot s = model_slots[via], o = model_slots[what];
    struct request_text t = {0};
    unsigned flags = (once_in(2) ? R : R | below(8)) | (once_in(2) ? L4RE_NS_REGISTER_OVERWRITE : 0);
    char const *name = random_name();
    bool placeholder = once_in(8);

    if (s.object->kind != KIND_NAMESPACE || reaches(o.object, s.object))
        return;
    put_word(&t, L4RE_NS_OP_REGISTER | (l4_umword_t)flags << 32);
    put_name(&t, name, (unsigned)strlen(name));
    if (placeholder)
        put_void(&t);
    else
        put_cap(&t, what, sent);
    placeholder |= !(sent & R);
    unsigned held = R | (o.rights & sent & (s.rights & S ? W | S : W)), rights = R | (flags & (W | S));
    struct model_name *n = model_name(s.object, name, (unsigned)strlen(name));
    if (!n && *name && !strchr(name, '/') && !file_of(s.object, name, strlen(name)))
        return; // a name that the model does not keep
    long expected = expect_register(s, name, flags), err;
    if (!expected && !placeholder && o.object->kind != KIND_FOREIGN && (rights & ~held))
        expected = -L4_EPERM;
    err = client_call(via, L4RE_PROTO_NAMESPACE, &t, 0);
    if (err == -L4_ENOMEM && expected == -L4_EPERM) // it comes first
        expected = 0;
    check_error(err, expected, s.object->factory, 2 * MODEL_PAGE);
    if (err == 0)
        model_set_name(s.object, n, placeholder ? NULL : o.object, rights & held);
    if (err == 0)
        after_deletion(); // of what had the name
}

void do_unlink(void)
{
    unsigned via = slot_of(KIND_NAMESPACE);
    struct model_slot s = model_slots[via];
    struct request_text t = {0};
    char const *name = random_name();

    if (s.object->kind != KIND_NAMESPACE)
        return;
    struct model_name *n = model_name(s.object, name, (unsigned)strlen(name));
    long expected = !(s.rights & W) ? -L4_EPERM : file_of(s.object, name, strlen(name)) ? -L4_EACCESS
                    : n && n->used ? 0 : -L4_ENOENT;
    put_word(&t, L4RE_NS_OP_UNLINK);
    put_name(&t, name, (unsigned)strlen(name));
    AGREE(==, client_call(via, L4RE_PROTO_NAMESPACE, &t, 0), expected);
    if (expected == 0)
        model_clear_name(n);
    after_deletion();
}
