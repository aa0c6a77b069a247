// What the map says.
export const zh = {
    'map.none': '地图不可用；其余功能不受影响。',
    'map.loading': '正在载入地图',
    'map.synthetic': '演示数据：合成路网与区域，非真实地理',
    'map.all': '全部',
    'map.cover': '覆盖',
    'map.cover_says': '{min} 分钟内可达 {percent}%（按道路，空闲 {units} 组，{at}）；点击车站看抽走后的覆盖',
    'map.cover_without': '假设：{name} 无车',
    'map.no_tiles': '底图暂不可用（数据库中断）；车组与事件照常显示',
} as const;

export const en: { [K in keyof typeof zh]: string } = {
    'map.none': 'No map here; everything else works without it.',
    'map.loading': 'loading the map',
    'map.synthetic': '演示数据: a synthetic demonstration, no real geography',
    'map.all': 'all',
    'map.cover': 'cover',
    'map.cover_says': '{percent}% within {min} min by road of {units} free units, {at}; click a station to see it without',
    'map.cover_without': 'supposing {name} empty',
    'map.no_tiles': 'no ground map now (the database is down); units and incidents are shown as ever',
};
