"""The Python API: rigs, hosts and remote sockets, over the controller's service.

Two faces of one thing. The asynchronous one does the work (:mod:`~sockrig.client.async_rig`,
:mod:`~sockrig.client.async_socket`); the synchronous one (:mod:`~sockrig.client.rig`,
:mod:`~sockrig.client.remote_socket`) hands each call to a loop in a thread of its own.
"""
