"""Which files is a program made of that somebody's command starts?"""
