// A folder that no line of the table names. bad: layering
