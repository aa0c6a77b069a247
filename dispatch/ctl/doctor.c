#include "dispatch/ctl/doctor.h"

#include <stdarg.h>
#include <stdlib.h>

static const struct {
    void (*check)(struct doctor *doctor);
    const char *zh, *en;
} checks[] = {
    {doctor_settings, "配置", "settings"},
    {doctor_directory, "数据目录", "data directory"},
    {doctor_space, "磁盘空间", "disk space"},
    {doctor_journal, "日志", "journal"},
    {doctor_backup, "备份", "backup"},
    {doctor_master_key, "主密钥", "master key"},
    {doctor_accounts, "账号", "accounts"},
    {doctor_cards, "问诊卡与预案", "cards and plans"},
    {doctor_warn, "预警规则", "early warning"},
    {doctor_road, "路网", "road file"},
    {doctor_zones, "区域", "zones"},
    {doctor_clock, "时钟", "clock"},
    {doctor_descriptors, "文件描述符", "descriptors"},
    {doctor_server, "服务器", "server"},
    {doctor_board, "应急板", "fallback board"},
    {doctor_redis, "Redis", "Redis"},
    {doctor_postgis, "PostGIS", "PostGIS"},
    {doctor_installed, "系统服务", "services"},
};

void doctor_say(struct doctor *doctor, enum finding finding, const char *format, ...)
{
    static const char *const words[FINDING_COUNT] = {"ok", "warn", "FAIL"};
    va_list args;
    doctor->count[finding]++;
    printf("%-4s  %s %s: ", words[finding], doctor->zh, doctor->en);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

int doctor_run(struct ctl *ctl)
{
    struct doctor doctor = {.ctl = ctl};
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        doctor.zh = checks[i].zh;
        doctor.en = checks[i].en;
        checks[i].check(&doctor);
    }
    free(doctor.health);
    printf("%u ok, %u warn, %u FAIL\n", doctor.count[FINDING_OK], doctor.count[FINDING_WARN],
           doctor.count[FINDING_FAIL]);
    return doctor.count[FINDING_FAIL] ? CTL_FAILED : CTL_OK;
}
