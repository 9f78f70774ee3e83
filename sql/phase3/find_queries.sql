-- Queries whose text has the column's name and that ran since a time, from the Query Store. The caller sorts out its own ones.
-- Reads: sys.query_store_query_text, query_store_query, query_store_plan, query_store_runtime_stats (VIEW DATABASE PERFORMANCE
-- STATE). Writes: nothing. Mode: RPC. Parameters: @P1 nvarchar(128): the name; @P2 datetime2(7): since then, UTC;
-- @P3 int: at most so many rows. Result, newest first: QueryText nvarchar(max), LastExecutedAt datetime2(7), Executions bigint.
SELECT TOP (@P3) u.QueryText, MAX(u.LastExecutedAt) AS LastExecutedAt, SUM(u.Executions) AS Executions
FROM (SELECT t.query_sql_text AS QueryText,
             CAST(SWITCHOFFSET(CAST(s.last_execution_time AS datetimeoffset(7)), '+00:00') AS datetime2(7)) AS LastExecutedAt,
             s.count_executions AS Executions
      FROM sys.query_store_query_text AS t
      JOIN sys.query_store_query AS q ON q.query_text_id = t.query_text_id
      JOIN sys.query_store_plan AS p ON p.query_id = q.query_id
      JOIN sys.query_store_runtime_stats AS s ON s.plan_id = p.plan_id
      WHERE CHARINDEX(@P1, t.query_sql_text) > 0) AS u
WHERE u.LastExecutedAt >= @P2
GROUP BY u.QueryText
ORDER BY MAX(u.LastExecutedAt) DESC;
