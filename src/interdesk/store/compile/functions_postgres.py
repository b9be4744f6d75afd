"""The SQL functions that PostgreSQL lacks: what ``functions_sqlite`` has in Python, with the same results.

All are immutable, so that indexes may use them. ``fold`` needs a UTF-8 database and a PostgreSQL built with ICU.
"""

from __future__ import annotations

from interdesk.store.compile.date_format import DAYS, MONTHS
from interdesk.store.compile.dates import FIRST_DAY, ZERO
from interdesk.store.compile.fold import MARKS
from interdesk.store.compile.numbers import PREFIX

_MARKS = "".join(f"\\u{low:04X}-\\u{high:04X}" for low, high in MARKS)
_PREFIX = PREFIX.pattern.removeprefix(r"\s*")
_SQL = "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
_PLPGSQL = "LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE"

FOLD = f"""
CREATE OR REPLACE FUNCTION fold(given text) RETURNS text {_SQL} AS $$
  SELECT rtrim(CASE WHEN octet_length(given) = char_length(given) THEN lower(given COLLATE "C")
    ELSE lower(regexp_replace(normalize(given, NFKD), '[{_MARKS}]', '', 'g') COLLATE "und-x-icu") COLLATE "C"
    END, ' ')
$$
"""

NUMBER = f"""
CREATE OR REPLACE FUNCTION oql_number(given text) RETURNS double precision {_SQL} AS $$
  SELECT coalesce(substring(given from '^\\s*({_PREFIX[1:-1]})')::double precision, 0)
$$
"""

TEXT = f"""
CREATE OR REPLACE FUNCTION oql_text(given double precision) RETURNS text {_SQL} AS $$
  SELECT CASE WHEN given = floor(given) AND abs(given) <= 9007199254740992 THEN given::bigint::text
    ELSE trim_scale(given::numeric)::text END
$$
"""

INTEGER = f"""
CREATE OR REPLACE FUNCTION oql_integer(given double precision) RETURNS bigint {_SQL} AS $$
  SELECT CASE WHEN given >= 9223372036854775807 THEN 9223372036854775807
    WHEN given <= -9223372036854775807 THEN -9223372036854775807
    ELSE (sign(given) * floor(abs(given) + 0.5))::bigint END
$$
"""

ROUND = f"""
CREATE OR REPLACE FUNCTION oql_round(given double precision, digits bigint) RETURNS double precision {_SQL} AS $$
  SELECT round(given::numeric, greatest(-30, least(30, digits))::integer)::double precision
$$
"""

# A pattern of LIKE, as binding.as_pattern makes it.
PATTERN = f"""
CREATE OR REPLACE FUNCTION oql_pattern(given text) RETURNS text {_SQL} AS $$
  SELECT fold(given) || CASE WHEN fold(given) ~ '(^|[^\\\\])(\\\\\\\\)*\\\\$' THEN '\\' ELSE '' END
$$
"""

# The moment that a text names as timestamp: the forms of dates.read.
READ = f"""
CREATE OR REPLACE FUNCTION oql_read(given text) RETURNS timestamp {_PLPGSQL} AS $$
DECLARE
  parts text[] := regexp_match(given, '^\\s*([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}})'
    '(?:[ T]([0-9]{{1,2}})(?::([0-9]{{1,2}})(?::([0-9]{{1,2}})(?:\\.[0-9]*)?)?)?)?\\s*$');
  numbers integer[];
BEGIN
  IF parts IS NULL THEN
    parts := regexp_match(given,
      '^\\s*([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})(?:([0-9]{{2}})([0-9]{{2}})([0-9]{{2}}))?\\s*$');
  END IF;
  IF parts IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(coalesce(part, '0')::integer ORDER BY place) INTO numbers
    FROM unnest(parts) WITH ORDINALITY AS each(part, place);
  IF numbers[1] < 1 OR numbers[2] NOT BETWEEN 1 AND 12 OR numbers[3] < 1 OR numbers[4] > 23 OR numbers[5] > 59
    OR numbers[6] > 59
    OR numbers[3] > extract(day FROM make_date(numbers[1], numbers[2], 1) + interval '1 month -1 day')
  THEN
    RETURN NULL;
  END IF;
  RETURN make_timestamp(numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
END
$$
"""

MOMENT = f"""
CREATE OR REPLACE FUNCTION oql_moment(given text) RETURNS text {_SQL} AS $$
  SELECT to_char(oql_read(given), 'YYYY-MM-DD HH24:MI:SS')
$$
"""

TIME = f"""
CREATE OR REPLACE FUNCTION oql_time(given text) RETURNS text {_PLPGSQL} AS $$
DECLARE
  parts text[] := regexp_match(given, '^\\s*([0-9]{{1,3}}):([0-9]{{1,2}})(?::([0-9]{{1,2}})(?:\\.[0-9]*)?)?\\s*$');
  hours integer := parts[1]::integer;
  minutes integer := parts[2]::integer;
  seconds integer := coalesce(parts[3], '0')::integer;
BEGIN
  IF parts IS NULL THEN
    RETURN to_char(oql_read(given), 'HH24:MI:SS');
  END IF;
  IF hours > 838 OR minutes > 59 OR seconds > 59 THEN
    RETURN NULL;
  END IF;
  RETURN lpad(hours::text, greatest(2, length(hours::text)), '0') || ':' || lpad(minutes::text, 2, '0') || ':'
    || lpad(seconds::text, 2, '0');
END
$$
"""

DATE_ADD = f"""
CREATE OR REPLACE FUNCTION oql_date_add(given text, amount bigint, unit text) RETURNS text {_PLPGSQL} AS $$
DECLARE
  found timestamp := oql_read(given);
  shown text := CASE WHEN length(btrim(given, E' \\t\\n\\r\\f\\x0b')) <= 10 AND unit IN ('DAY', 'MONTH', 'YEAR')
    THEN 'YYYY-MM-DD' ELSE 'YYYY-MM-DD HH24:MI:SS' END;
BEGIN
  IF found IS NULL OR abs(amount) > 400000000000 THEN
    RETURN NULL;
  END IF;
  IF unit IN ('MONTH', 'YEAR') THEN
    IF abs(amount) > 130000 THEN
      RETURN NULL;
    END IF;
    found := found + make_interval(months => (CASE unit WHEN 'YEAR' THEN amount * 12 ELSE amount END)::integer);
  ELSE
    amount := amount * CASE unit WHEN 'SECOND' THEN 1 WHEN 'MINUTE' THEN 60 WHEN 'HOUR' THEN 3600 ELSE 86400 END;
    IF abs(amount) > 400000000000 THEN
      RETURN NULL;
    END IF;
    found := found + make_interval(secs => amount::double precision);
  END IF;
  IF found < make_timestamp(1, 1, 1, 0, 0, 0) OR found >= make_timestamp(10000, 1, 1, 0, 0, 0) THEN
    RETURN NULL;
  END IF;
  RETURN to_char(found, shown);
END
$$
"""

TO_DAYS = f"""
CREATE OR REPLACE FUNCTION oql_to_days(given text) RETURNS integer {_SQL} AS $$
  SELECT oql_read(given)::date - make_date(1, 1, 1) + {FIRST_DAY}
$$
"""

FROM_DAYS = f"""
CREATE OR REPLACE FUNCTION oql_from_days(given bigint) RETURNS text {_SQL} AS $$
  SELECT CASE WHEN given < {FIRST_DAY} THEN '{ZERO[:10]}'
    WHEN given < {FIRST_DAY} + (make_date(9999, 12, 31) - make_date(1, 1, 1)) + 1
      THEN to_char(make_date(1, 1, 1) + (given - {FIRST_DAY})::integer, 'YYYY-MM-DD') END
$$
"""

# The first day of the first week of a year, and the week of a day: see date_format.week.
FIRST_WEEK = f"""
CREATE OR REPLACE FUNCTION oql_first_week(year integer, monday_first boolean) RETURNS date {_SQL} AS $$
  SELECT make_date(year, 1, 1) + CASE
    WHEN monday_first THEN (11 - extract(isodow FROM make_date(year, 1, 1))::integer) % 7 - 3
    ELSE (7 - extract(dow FROM make_date(year, 1, 1))::integer) % 7 END
$$
"""

WEEK = f"""
CREATE OR REPLACE FUNCTION oql_week(day date, monday_first boolean, strict boolean) RETURNS integer[] {_PLPGSQL} AS $$
DECLARE
  year integer := extract(year FROM day)::integer;
  start date := oql_first_week(year, monday_first);
BEGIN
  IF strict AND day < start THEN
    RETURN ARRAY[year - 1, (day - oql_first_week(year - 1, monday_first)) / 7 + 1];
  END IF;
  IF strict AND year < 9999 AND day >= oql_first_week(year + 1, monday_first) THEN
    RETURN ARRAY[year + 1, 1];
  END IF;
  RETURN ARRAY[year, floor((day - start) / 7.0)::integer + 1];
END
$$
"""

_SPECIFIERS = {
    "a": "left(names[extract(isodow FROM found)::integer], 3)",
    "b": "left(months[extract(month FROM found)::integer], 3)",
    "c": "extract(month FROM found)::integer::text",
    "D": "day::text || CASE WHEN day BETWEEN 11 AND 19 THEN 'th' WHEN day % 10 = 1 THEN 'st' "
    "WHEN day % 10 = 2 THEN 'nd' WHEN day % 10 = 3 THEN 'rd' ELSE 'th' END",
    "d": "to_char(found, 'DD')",
    "e": "day::text",
    "f": "'000000'",
    "H": "to_char(found, 'HH24')",
    "h": "to_char(found, 'HH12')",
    "I": "to_char(found, 'HH12')",
    "i": "to_char(found, 'MI')",
    "j": "to_char(found, 'DDD')",
    "k": "extract(hour FROM found)::integer::text",
    "l": "to_char(found, 'FMHH12')",
    "M": "months[extract(month FROM found)::integer]",
    "m": "to_char(found, 'MM')",
    "p": "to_char(found, 'AM')",
    "r": "to_char(found, 'HH12:MI:SS AM')",
    "S": "to_char(found, 'SS')",
    "s": "to_char(found, 'SS')",
    "T": "to_char(found, 'HH24:MI:SS')",
    "U": "lpad((oql_week(found::date, false, false))[2]::text, 2, '0')",
    "u": "lpad((oql_week(found::date, true, false))[2]::text, 2, '0')",
    "V": "lpad((oql_week(found::date, false, true))[2]::text, 2, '0')",
    "v": "lpad((oql_week(found::date, true, true))[2]::text, 2, '0')",
    "W": "names[extract(isodow FROM found)::integer]",
    "w": "extract(dow FROM found)::integer::text",
    "X": "lpad((oql_week(found::date, false, true))[1]::text, 4, '0')",
    "x": "lpad((oql_week(found::date, true, true))[1]::text, 4, '0')",
    "Y": "to_char(found, 'YYYY')",
    "y": "to_char(found, 'YY')",
}


def _names(names: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"


_BRANCHES = "\n".join(f"      WHEN '{letter}' THEN {sql}" for letter, sql in _SPECIFIERS.items())
DATE_FORMAT = f"""
CREATE OR REPLACE FUNCTION oql_date_format(given text, layout text) RETURNS text {_PLPGSQL} AS $$
DECLARE
  found timestamp := oql_read(given);
  day integer := extract(day FROM found)::integer;
  names text[] := {_names(DAYS)};
  months text[] := {_names(MONTHS)};
  written text := '';
  place integer := 1;
  letter text;
BEGIN
  IF found IS NULL THEN
    RETURN NULL;
  END IF;
  WHILE place <= length(layout) LOOP
    letter := substr(layout, place, 1);
    place := place + 1;
    IF letter = '%' AND place <= length(layout) THEN
      letter := substr(layout, place, 1);
      place := place + 1;
      letter := CASE letter
{_BRANCHES}
      ELSE letter END;
    END IF;
    written := written || letter;
  END LOOP;
  RETURN written;
END
$$
"""

INET_ATON = f"""
CREATE OR REPLACE FUNCTION oql_inet_aton(given text) RETURNS bigint {_PLPGSQL} AS $$
DECLARE
  parts integer[];
  number bigint := 0;
BEGIN
  IF given !~ '^[0-9]{{1,3}}(\\.[0-9]{{1,3}}){{0,3}}$' THEN
    RETURN NULL;
  END IF;
  parts := string_to_array(given, '.')::integer[];
  FOR place IN 1 .. cardinality(parts) LOOP
    IF parts[place] > 255 THEN
      RETURN NULL;
    END IF;
    number := number + (parts[place]::bigint << CASE WHEN place = cardinality(parts) THEN 0 ELSE 32 - 8 * place END);
  END LOOP;
  RETURN number;
END
$$
"""

INET_NTOA = f"""
CREATE OR REPLACE FUNCTION oql_inet_ntoa(given bigint) RETURNS text {_SQL} AS $$
  SELECT CASE WHEN given BETWEEN 0 AND 4294967295 THEN
    concat_ws('.', given >> 24, given >> 16 & 255, given >> 8 & 255, given & 255) END
$$
"""

STATEMENTS: tuple[str, ...] = (
    FOLD, PATTERN, NUMBER, TEXT, INTEGER, ROUND, READ, MOMENT, TIME, DATE_ADD, TO_DAYS, FROM_DAYS, FIRST_WEEK, WEEK,
    DATE_FORMAT, INET_ATON, INET_NTOA,
)  # fmt: skip
