"""The offline chat model: a question becomes tool calls, tool results become prose. No key, no network, repeatable.

Understanding is small functions over data (`data/*.yaml`), each usable and tested alone:

    text language numbers dates codes countries programs    what one message says
    intents                                                  what it wants
    reading acts state                                       one message read; the thread folded to what is meant now
    plan                                                     what to call for it
    answer prose_* model                                     tool results to text; the LangChain chat model around all
"""
