#include "sim/township.h"

#define AT(lat, lon)                                                                               \
    {                                                                                              \
        (int32_t)((lat)*1e7 + 0.5), (int32_t)((lon)*1e7 + 0.5)                                     \
    }

#define TOWNSHIP(code, name, district, lat, lon, kind, weight)                                     \
    {code, name, district, AT(lat, lon), TOWN_##kind, weight},
const struct township township_table[TOWNSHIPS] = {
#include "sim/township.def"
};
#undef TOWNSHIP

/* Three convex pieces of a rectangle that meet in one point: made up, not the real borders. */
const struct district_row district_table[DISTRICTS] = {
    [DAWUKOU] = {640202,
                 "大武口区",
                 "大武口",
                 {AT(38.99, 106.53), AT(38.90, 106.05), AT(39.42, 106.05), AT(39.42, 106.45)},
                 4},
    [HUINONG] = {640205,
                 "惠农区",
                 "惠农",
                 {AT(38.99, 106.53), AT(39.42, 106.45), AT(39.42, 107.00), AT(39.07, 107.00)},
                 4},
    [PINGLUO] = {640221,
                 "平罗县",
                 "平罗",
                 {AT(38.99, 106.53), AT(39.07, 107.00), AT(38.70, 107.00), AT(38.70, 106.05),
                  AT(38.90, 106.05)},
                 5},
};

int township_find(uint32_t code)
{
    for (int i = 0; i < TOWNSHIPS; i++)
        if (township_table[i].code == code)
            return i;
    return -1;
}
