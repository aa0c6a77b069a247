#include "dispatch/atlas/atlas_impl.h"

#include <stdio.h>

int atlas_version(struct atlas *atlas, char out[static ATLAS_VERSION_MAX])
{
    static const char sql[] =
        "select 'PostgreSQL ' || current_setting('server_version') || ', PostGIS ' ||"
        " coalesce((select extversion from pg_extension where extname = 'postgis'), 'missing') ||"
        " ', schema ' || coalesce((select max(name) from migration), 'empty')";
    PGresult *result = atlas_ask(atlas, "PostGIS version", sql, 0, NULL);
    if (!result)
        return -1;
    snprintf(out, ATLAS_VERSION_MAX, "%.*s", PQgetlength(result, 0, 0), PQgetvalue(result, 0, 0));
    PQclear(result);
    return 0;
}
