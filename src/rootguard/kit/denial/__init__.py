"""Whether service control policies deny the root user everything, as far as a stated sample of actions can tell.

`binding` takes from the policies what binds root whatever it asks for, `simulation` has AWS judge that, `denial` puts
the questions together.
"""
