"""From raw map contents and event records to what the user sees.

Data flows one way: `decode`, `values`, `time_series` and `contents` turn bytes into the plain data of `model`, `events`
does what each event record asks for, a `reporter` presents the result and a `stream` buffers it.  `text` is
bpftrace's text format, `json_reporter` its JSON; `printf` and `formatter` produce the text of printf events, one in
Python, one compiled.  A `resolver` knows what values only refer to: stacks, symbols, users.
"""
