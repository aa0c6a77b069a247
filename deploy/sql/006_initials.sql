-- Pinyin initials of names, for dispatchers who type "szs" for 石嘴山.
-- The initial of a Hanzi follows from ICU's Chinese order, which sorts by pinyin: between 八 and the
-- character before 嚓 all begin with b, and so on. Names that are read otherwise stand in
-- reading_exception, which a centre extends for its own region.

create table reading_exception (
    word     text primary key,
    initials text not null check (length(initials) = length(word) and initials ~ '^[a-z]+$')
);
insert into reading_exception (word, initials) values
    ('长', 'c'), ('埔', 'p'), ('茄', 'q'), ('曾', 'z'), ('重庆', 'cq'), ('厦门', 'xm'), ('乐清', 'yq'),
    ('番禺', 'py'), ('单县', 'sx'), ('银行', 'yh'), ('商行', 'sh'), ('铅山', 'ys'), ('浚县', 'xx'),
    ('尉犁', 'yl');

create function hanzi_initial(hanzi text) returns text language sql immutable strict parallel safe
as $$
    select substr('abcdefghjklmnopqrstwxyz', 1 + width_bucket(hanzi collate "zh-x-icu", array[
        '八', '嚓', '咑', '妸', '发', '旮', '哈', '丌', '咔', '垃', '妈', '拏', '噢', '妑', '七', '呥',
        '仨', '他', '屲', '夕', '丫', '帀']), 1)
$$;

-- 'szs' for 石嘴山, 'g6' for G6, 'rdaf' for Rua de António Fontes: Hanzi give their initial, words of
-- letters their first letter without accents, numbers stay whole.
create function initials(name text) returns text language plpgsql stable strict as $$
declare
    spaced text;
    exception record;
    part text;
    result text := '';
begin
    for exception in select word, reading_exception.initials as read from reading_exception
                     where position(word in name) > 0 order by length(word) desc loop
        name := replace(name, exception.word,
                        ' ' || regexp_replace(exception.read, '(.)', '\1 ', 'g'));
    end loop;
    spaced := regexp_replace(lower(normalize(name, nfkd)), '[\u0300-\u036f]', '', 'g');
    spaced := regexp_replace(spaced, '([\u3400-\u9fff])', ' \1 ', 'g');
    spaced := regexp_replace(spaced, '([0-9]+)', ' \1 ', 'g');
    for part in select regexp_split_to_table(spaced, '[^[:alnum:]]+') loop
        result := result || case when part ~ '^[0-9]' then part
                                 when part ~ '^[\u3400-\u9fff]' then hanzi_initial(part)
                                 else left(part, 1) end;
    end loop;
    return result;
end $$;
