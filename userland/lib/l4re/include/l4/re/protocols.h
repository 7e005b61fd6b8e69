// SPDX-License-Identifier: MIT
// Protocol numbers and opcodes of the user-level interfaces (l4re-protocols 1 to 8).
#pragma once

#include <l4/sys/abi/proto.h>

#define L4RE_PROTO_DATASPACE     0x4000L
#define L4RE_PROTO_NAMESPACE     0x4001L
#define L4RE_PROTO_PARENT        0x4002L
#define L4RE_PROTO_GOOS          0x4003L
#define L4RE_PROTO_RM            0x4005L
#define L4RE_PROTO_EVENT         0x4006L
#define L4RE_PROTO_INHIBITOR     0x4007L
#define L4RE_PROTO_DMA_SPACE     0x4008L
#define L4RE_PROTO_MMIO_SPACE    0x4009L
#define L4RE_PROTO_ITAS          0x400aL
#define L4RE_PROTO_MEM_ALLOC     L4_PROTO_MEM_ALLOC
#define L4RE_PROTO_REMOTE_ACCESS 0x400cL
#define L4RE_PROTO_DEBUG         (-0x8000L)

enum l4re_dataspace_ops {
    L4RE_DS_OP_MAP = 0,
    L4RE_DS_OP_CLEAR = 1,
    L4RE_DS_OP_INFO = 2,
    L4RE_DS_OP_COPY_IN = 3,
    L4RE_DS_OP_ALLOCATE = 4,
    L4RE_DS_OP_MAP_INFO = 5,
};

enum l4re_namespace_ops { L4RE_NS_OP_QUERY = 0, L4RE_NS_OP_REGISTER = 1, L4RE_NS_OP_UNLINK = 3 };

#define L4RE_NS_PARTLY_RESOLVED 0x20 // label of a query's reply

enum l4re_parent_ops { L4RE_PARENT_OP_SIGNAL = 0 };

enum l4re_rm_ops {
    L4RE_RM_OP_ATTACH = 0,
    L4RE_RM_OP_DETACH = 1,
    L4RE_RM_OP_FIND = 2,
    L4RE_RM_OP_RESERVE_AREA = 3,
    L4RE_RM_OP_FREE_AREA = 4,
    L4RE_RM_OP_GET_REGIONS = 5,
    L4RE_RM_OP_GET_AREAS = 6,
    L4RE_RM_OP_GET_INFO = 7,
    L4RE_RM_OP_ADD_RESCUE_JUMP = 8,
    L4RE_RM_OP_REMOVE_RESCUE_JUMP = 9,
    L4RE_RM_OP_PAGE_IN = 10,
};

enum l4re_mem_alloc_ops {
    L4RE_MA_OP_INFO = 0,
    L4RE_MA_OP_OBJECTS = 1, // Ashlar's: number of all objects that moe serves, of the root factory only
};

enum l4re_event_ops {
    L4RE_EVENT_OP_GET_BUFFER = 0,
    L4RE_EVENT_OP_GET_NUM_STREAMS = 1,
    L4RE_EVENT_OP_GET_STREAM_INFO = 2,
    L4RE_EVENT_OP_GET_STREAM_INFO_FOR_ID = 3,
};

enum l4re_inhibitor_ops {
    L4RE_INHIBITOR_OP_ACQUIRE = 0,
    L4RE_INHIBITOR_OP_RELEASE = 1,
    L4RE_INHIBITOR_OP_NEXT_LOCK_INFO = 2,
};

enum l4re_itas_ops { L4RE_ITAS_OP_REGISTER_THREAD = 0 };

enum l4re_ned_ops { L4RE_NED_OP_EXECUTE = 0 }; // label 0

enum l4re_dma_space_ops { L4RE_DMA_SPACE_OP_MAP = 0, L4RE_DMA_SPACE_OP_UNMAP = 1 };

enum l4re_dma_space_mgr_ops {
    L4RE_DMA_SPACE_MGR_OP_ASSOCIATE = 0,
    L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS = 1,
    L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE = 2,
    L4RE_DMA_SPACE_MGR_OP_SET_LIMITS = 4,
};
