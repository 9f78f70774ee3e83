-- Writes dbo.AtomEmbeddings anew: only this gives the space of a dropped column back. It needs room for the new table, and log
-- for all of it under full recovery. Writes: the table. Marker: Online (OFF or ON; ON is Msg 1712 on editions without it).
-- Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomEmbeddings REBUILD WITH (ONLINE = /*{Online}*/OFF/*{end}*/);
