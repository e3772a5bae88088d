"""An embedded core that speaks the openprocurement API 2.5: a process of its own, reached by URL.

The desk never imports it. What it leaves out of the real thing stands in docs/procurement.md.
"""
