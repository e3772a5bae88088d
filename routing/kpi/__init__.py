"""Key figures: versioned formulas over measures that are folded from the journal.

`fold` turns events into measures, `formulas` turns measures into figures, `rollup` keeps the
measures by interval, `report` reads them, `recompute` does it all again for whoever doubts.
"""
