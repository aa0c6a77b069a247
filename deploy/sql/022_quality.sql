-- Control charts that raise alerts, card compliance by the card's own way, and what the catalogue
-- did not have. The views and functions over them stand in views/quality.sql, once.

-- The answers, grades and checked steps of one incident.
create index fact_of_incident on fact (((body ->> 'incident')::bigint), kind)
    where kind in ('question_answered', 'incident_graded', 'incident_regraded');

-- --- when a chart is out of control ---

-- Western Electric's rules as one: `hits` of the last `of_last` points, the newest among them, more
-- than `sigmas` from the centre line on one side. by_chance: a process in control does it once in so
-- many points, to that side, if its points are normal and independent. level_all: of the whole city;
-- level_group: of a station, seat, …
create table control_signal (
    rule        text primary key,
    place       integer not null,           -- the first that holds is the one named
    hits        integer not null,
    of_last     integer not null,
    sigmas      double precision not null,
    enabled     boolean not null,
    level_all   text not null check (level_all in ('blue', 'yellow', 'orange', 'red')),
    level_group text not null check (level_group in ('blue', 'yellow', 'orange', 'red')),
    by_chance   integer not null,
    name_zh     text not null,
    name_en     text not null,
    source      text not null
);
insert into control_signal values
('beyond', 1, 1, 1, 3, true, 'yellow', 'blue', 741, '超出 3σ 控制限', 'beyond 3 sigma',
 'Shewhart, Economic Control of Quality of Manufactured Product, 1931'),
('two_of_three', 2, 2, 3, 2, false, 'blue', 'blue', 977, '三点中两点超出 2σ', '2 of 3 beyond 2 sigma',
 'Western Electric, Statistical Quality Control Handbook, 1956'),
('four_of_five', 3, 4, 5, 1, false, 'blue', 'blue', 447, '五点中四点超出 1σ', '4 of 5 beyond 1 sigma',
 'Western Electric, Statistical Quality Control Handbook, 1956'),
('run', 4, 8, 8, 0, true, 'blue', 'blue', 256, '连续 8 点在中心线同侧', '8 in a row on one side',
 'Western Electric, Statistical Quality Control Handbook, 1956');

-- settle_h: a period is looked through so long after it ended, when what began in it has ended too.
-- cases_min: fewer in the period raise nothing; expected_min: nor a share of which fewer are expected
-- on either side (n·p and n·(1−p), Montgomery, Introduction to Statistical Quality Control, 7.2.1).
alter table control_rule drop column run;
alter table control_rule add column settle_h integer not null default 3,
    add column cases_min integer not null default 10,
    add column expected_min double precision not null default 5;

-- By which groups charts are drawn, and of which they raise alerts.
create table control_group (
    by    text primary key,
    place integer not null,
    warns boolean not null
);
insert into control_group (by, place, warns) values
('all', 1, true), ('grade', 2, true), ('station', 3, true), ('seat', 4, true), ('zone', 5, true),
('township', 6, false), ('unit', 7, false);

-- warns: its chart raises alerts (of several over one clock, one). explained_by: parts of it; when one
-- of them is out as well, that is the cause and it is the effect.
alter table indicator drop constraint indicator_form_check,
    add constraint indicator_form_check check (form in ('interval', 'share', 'count', 'ratio')),
    add column warns boolean not null default false,
    add column explained_by text[] not null default '{}';

-- --- the catalogue, continued ---

update indicator set measure = 'card_question', name_zh = '询问卡依从率', name_en = 'Card compliance',
    numerator_zh = '按顺序、在首车到达前问到的问题',
    numerator_en = 'of them, those asked in their order and before the first unit was there',
    denominator_zh = '按答案走到的问题（每起事件的卡所要求）',
    denominator_en = 'questions that the card asks for, by the answers given',
    exclusions_zh = '重复、无效、转出事件', exclusions_en = 'duplicates, invalid, transferred',
    edition = 'house definition; the card''s own edition is in deploy/cards'
where id = 'card_used';

insert into indicator (id, form, measure, limit_s, name_zh, name_en, numerator_zh, numerator_en,
    denominator_zh, denominator_en, clock_start, clock_stop, exclusions_zh, exclusions_en,
    target, at_least, edition) values
('card_complete', 'share', 'card_complete', null, '询问卡完整率', 'Cards gone through',
 '卡要求的问题全部依从', 'all questions of the card asked so', '有卡的事件', 'incidents with a card',
 null, null, '重复、无效、转出事件', 'duplicates, invalid, transferred', null, true,
 'house definition'),
('card_before_order', 'share', 'card_before_order', null, '派车前询问率', 'Asked before the order',
 '首次派车前问到的问题', 'of them, those asked before the first order',
 '卡要求的问题', 'questions that the card asks for', null, null,
 '未派车；首答即危时先派车是应当的', 'no order; an early order on a red answer is wanted', null, true,
 'house definition'),
('plan_steps', 'share', 'plan_step', null, '关键指令执行率', 'Key instructions done',
 '已勾选的预案步骤', 'steps of the response plan that were ticked',
 '响应方案的步骤', 'steps of the response plan', null, null,
 '重复、无效、转出事件', 'duplicates, invalid, transferred', null, true, 'house definition'),
('regraded_up', 'share', 'regraded_up', null, '人工升级率', 'Raised by hand',
 '人工改急的事件', 'incidents whose grade a person raised', '已分级事件', 'graded incidents',
 null, null, '重复事件', 'duplicates', null, false, 'house definition'),
('regraded_down', 'share', 'regraded_down', null, '人工降级率', 'Lowered by hand',
 '人工改缓的事件', 'incidents whose grade a person lowered', '已分级事件', 'graded incidents',
 null, null, '重复事件', 'duplicates', null, false, 'house definition'),
('graded_60s', 'share', 'answered_first_graded', 60, '60 秒内分级率', 'Graded within 60 s',
 '摘机后 60 秒内首次分级', 'first grade within 60 s of the answer', '已分级的医疗事件',
 'medical incidents with a grade', 'answered', 'graded (first)', '重复事件；负值',
 'duplicates; negative intervals', null, true, 'house limit: ungraded is escalated at 60 s'),
('ordered_90s', 'share', 'answered_first_order', 90, '90 秒内派车率', 'Ordered within 90 s',
 '摘机后 90 秒内首次派车', 'first order within 90 s of the answer', '已派车的医疗事件',
 'medical incidents with an order', 'answered', 'ordered (first)', '重复事件；负值',
 'duplicates; negative intervals', null, true, 'house limit: unassigned is escalated at 90 s'),
('callback', 'interval', 'callback', null, '回拨时长', 'Call-back',
 '秒数', 'seconds', '已完成的回拨', 'call-backs that were made', 'opened', 'finished', '负值',
 'negative intervals', null, true, 'house definition'),
('callback_done', 'share', 'callback_done', null, '回拨完成率', 'Call-backs made',
 '已完成的回拨', 'call-backs that were made', '未接或静默来电的回拨任务',
 'call-back tasks of abandoned and silent calls', null, null, '', '', null, true,
 'house definition'),
('override_unexplained', 'share', 'override_unexplained', null, '改选无原因率',
 'Overrides without a reason', '没有原因码的改选', 'overrides without a coded reason',
 '未采用首选推荐的任务', 'assignments other than the first recommended', null, null, '', '', null,
 false, 'house definition'),
('response_cat1', 'share', 'response_grade_1', 900, '一级 15 分钟内到达率', 'Grade 1 within 15 min',
 '15 分钟内首车到达', 'first unit there within 900 s', '一级事件', 'incidents of grade 1',
 'received', 'at_scene (first)', '首车即停表，不论是否最合适', 'the first unit stops the clock, '
 'whether or not it is the most appropriate', 0.90, true, 'NHS England ARP 2017, category 1: P90 15 min'),
('response_cat2', 'share', 'response_grade_2', 2400, '二级 40 分钟内到达率', 'Grade 2 within 40 min',
 '40 分钟内首车到达', 'first unit there within 2,400 s', '二级事件', 'incidents of grade 2',
 'received', 'at_scene (first)', '首车即停表，不论是否最合适', 'the first unit stops the clock, '
 'whether or not it is the most appropriate', 0.90, true, 'NHS England ARP 2017, category 2: P90 40 min'),
('response_cat3', 'share', 'response_grade_3', 7200, '三级 120 分钟内到达率', 'Grade 3 within 120 min',
 '120 分钟内首车到达', 'first unit there within 7,200 s', '三级事件', 'incidents of grade 3',
 'received', 'at_scene (first)', '首车即停表，不论是否最合适', 'the first unit stops the clock, '
 'whether or not it is the most appropriate', 0.90, true, 'NHS England ARP 2017, category 3: P90 120 min'),
('response_cat4', 'share', 'response_grade_4', 10800, '四级 180 分钟内到达率', 'Grade 4 within 180 min',
 '180 分钟内首车到达', 'first unit there within 10,800 s', '四级事件', 'incidents of grade 4',
 'received', 'at_scene (first)', '首车即停表，不论是否最合适', 'the first unit stops the clock, '
 'whether or not it is the most appropriate', 0.90, true, 'NHS England ARP 2017, category 4: P90 180 min'),
('utilisation', 'ratio', 'unit_use', null, '车组利用率', 'Unit-hour utilisation',
 '任务占用的小时（派车至任务结束）', 'hours on a task, from the order to its end',
 '在岗的小时', 'hours on duty', 'ordered', 'completed', '不在岗时的任务', 'tasks while off duty',
 0.30, false, '25 to 30 % is quoted as the tipping point; a weak source');

update indicator set warns = true where id in ('answer_10s', 'abandoned', 'dispatch_3min',
    'acknowledged_60s', 'turnout_3min', 'travel', 'response_12min', 'scene', 'transport',
    'handover_15min', 'empty_run', 'cancelled', 'override', 'override_unexplained', 'cross_zone',
    'record_complete', 'over_triage', 'under_triage', 'card_used', 'plan_steps', 'regraded_down',
    'callback_done', 'graded_60s', 'utilisation');
update indicator set explained_by = '{answer_10s,dispatch_3min,turnout_3min,travel}'
where id = 'response_12min';
update indicator set explained_by = '{graded_60s}' where id = 'dispatch_3min';

-- What FIELD.md and the papers behind it ask for and facts cannot give.
create table indicator_missing (
    name_zh text not null,
    name_en text primary key,
    why_zh  text not null,
    why_en  text not null,
    source  text not null
);
insert into indicator_missing values
('服务半径（城区 ≤5 公里，农村 10–20 公里）', 'Service radius (urban ≤ 5 km, rural 10–20 km)',
 '事实中有行车时间，没有行车里程；选址工具按路网计算', 'facts hold driving times, not distances; '
 'citysim site works it out by road', '国卫医发〔2020〕19号'),
('均值达标（一类 7 分钟、二类 18 分钟）', 'Mean response (category 1: 7 min, 2: 18 min)',
 '均值可在"急救反应时间"按分级查看，但不作达标判定', 'the mean stands beside the response time by '
 'grade, but is not judged against a target', 'NHS England ARP 2017'),
('最合适车组到达', 'Arrival of the most appropriate unit',
 '不知道事后哪一车组最合适，以首车为准', 'which one was the most appropriate is not recorded; '
 'the first counts', 'NHS England ARP 2017'),
('法定报告 2 小时内', 'Statutory report within 2 h',
 '报告在别的系统完成，这里只有预案步骤的时间', 'reports are made elsewhere; only the times of the '
 'plan''s steps are known', '突发公共卫生事件相关信息报告管理工作规范（试行）'),
('电话指导是否真正说出', 'Whether advice was really spoken',
 '只知道步骤被勾选', 'only that a step was ticked is known', 'house definition'),
('抢救成功率、患者转归', 'Survival and outcome of patients',
 '院内结果不回传', 'hospitals'' results do not come back', 'house definition'),
('满意度', 'Satisfaction', '没有回访数据', 'nobody is asked afterwards', 'house definition');
