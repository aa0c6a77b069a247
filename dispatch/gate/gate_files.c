#include "dispatch/gate/gate_impl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The console's built files. A page may be asked for without ".html" ("/crew"). What a path leads
 * to is looked up first and served only if it lies inside the directory: no "..", no symbolic link
 * leads out, nothing hidden, no listing. */

static const char common_headers[] =
    "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self' ws: wss:; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
    "x-content-type-options: nosniff\r\n"
    "x-frame-options: DENY\r\n"
    "referrer-policy: no-referrer\r\n";

static const struct {
    const char *ending;
    const char *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".geojson", "application/geo+json"},
    {".webmanifest", "application/manifest+json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".wav", "audio/wav"},
    {".pbf", "application/x-protobuf"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *file)
{
    const char *ending = strrchr(file, '.');
    for (size_t i = 0; ending && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(ending, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return NULL;
}

static bool is_safe(const char *path)
{
    return path[0] == '/' && !strstr(path, "/.") && !strchr(path, '\\');
}

/* The real file inside the directory, or false. */
static bool resolve(const char *dir, const char *path, const char *ending, char file[PATH_MAX])
{
    char wanted[PATH_MAX];
    char root[PATH_MAX];
    struct stat info;
    int len = snprintf(wanted, sizeof wanted, "%s%s%s", dir, path, ending);
    if (len < 0 || (size_t)len >= sizeof wanted || !realpath(dir, root) ||
        !realpath(wanted, file)) {
        return false;
    }
    size_t root_len = strlen(root);
    return strncmp(file, root, root_len) == 0 && file[root_len] == '/' && stat(file, &info) == 0 &&
           S_ISREG(info.st_mode);
}

/* Vite puts a hash of the content into the names under /assets/. */
static const char *cache_header(const char *path)
{
    return strncmp(path, "/assets/", 8) == 0
               ? "cache-control: public, max-age=31536000, immutable\r\n"
               : "cache-control: no-cache\r\n";
}

int files_serve(struct gate_impl *impl, struct lws *wsi, const char *path)
{
    char file[PATH_MAX];
    char headers[sizeof common_headers + 64];
    const char *dir = impl->config.console_dir;
    if (!dir || !is_safe(path)) {
        return 1;
    }
    bool page = path[strlen(path) - 1] == '/';
    if (!resolve(dir, path, page ? "index.html" : "", file) &&
        (page || !resolve(dir, path, ".html", file))) {
        return 1;
    }
    const char *type = type_of(file);
    if (!type) {
        return 1;
    }
    int len = snprintf(headers, sizeof headers, "%s%s", common_headers, cache_header(path));
    int sent = lws_serve_http_file(wsi, file, type, headers, len);
    if (sent < 0 || (sent > 0 && lws_http_transaction_completed(wsi))) {
        return -1;
    }
    metrics_add(impl->metrics, METRIC_HTTP_REQUESTS, 1);
    return 0;
}
